package io.dlrm4j.launch.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds what somebody may have meant: the known name with the smallest edit distance, if it is near at all.
public final class NearestName {
    private NearestName() {}

    /// @param wrong what was written
    /// @param known the names that exist
    /// @return the nearest known name, or null if none is near; the first of several equally near
    public static @Nullable String of(String wrong, Collection<String> known) {
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String name : known) {
            int distance = distance(plain(wrong), plain(name));
            if (distance < bestDistance) {
                best = name;
                bestDistance = distance;
            }
        }
        return bestDistance <= Math.max(2, plain(wrong).length() / 3) ? best : null;
    }

    /// The nearest dotted key: its last word counts, and its section only between equals, since a right word in a wrong
    /// section is the usual mistake.
    ///
    /// @return the nearest known key, or null if none is near
    public static @Nullable String ofKey(String wrong, Collection<String> known) {
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        int limit = Math.max(2, plain(lastWord(wrong)).length() / 3);
        for (String key : known) {
            int distance = distance(plain(lastWord(wrong)), plain(lastWord(key)));
            int ranked = 100 * distance + distance(plain(wrong), plain(key));
            if (distance <= limit && ranked < bestDistance) {
                best = key;
                bestDistance = ranked;
            }
        }
        return best;
    }

    /// @return `; did you mean NAME?`, or nothing for null
    public static String hint(@Nullable String name) {
        return name == null ? "" : "; did you mean " + name + "?";
    }

    private static String lastWord(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    /// Levenshtein's distance, 1966, with one row of the table and the diagonal kept aside.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
