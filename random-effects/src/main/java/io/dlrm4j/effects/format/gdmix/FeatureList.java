package io.dlrm4j.effects.format.gdmix;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.NewFile;
import io.dlrm4j.effects.format.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The features of a bag: one `name,term` a line as CSV, the line's number, from 0, is the feature's. The intercept is
/// not among them.
///
/// @param file where they come from
/// @param features in the order of the lines
public record FeatureList(Path file, List<NameTerm> features) {
    /// One line.
    public record NameTerm(String name, String term) {}

    /// Copies the list.
    public FeatureList {
        features = List.copyOf(features);
    }

    /// @throws DataException when a line has not exactly two fields, or the file has more than
    ///     [TextLines#FEATURES_BYTES]
    public static FeatureList read(Path file) throws IOException {
        List<NameTerm> features = new ArrayList<>();
        try (TextLines in = TextLines.open(file, TextLines.FEATURES_BYTES)) {
            for (String line = in.next(); line != null; line = in.next()) {
                List<String> fields = fields(line);
                if (fields.size() != 2) {
                    throw new DataException(
                            "%s: %d fields, want name,term: %s".formatted(in.where(), fields.size(), line));
                }
                features.add(new NameTerm(fields.get(0), fields.get(1)));
            }
        }
        return new FeatureList(file, features);
    }

    /// @return an index in which each feature has its line's number
    /// @throws DataException when a feature occurs twice, or is the intercept: a model could not be told by its
    ///     names
    public FeatureIndex index() {
        FeatureIndex index = new FeatureIndex();
        Map<NameTerm, Integer> lines = new HashMap<>();
        for (int line = 0; line < features.size(); line++) {
            NameTerm feature = features.get(line);
            Integer before = lines.put(feature, line);
            if (before != null) {
                throw new DataException(
                        "%s: line %d: %s,%s stands in line %d already; give each feature a name of its own"
                                .formatted(file, line + 1, feature.name, feature.term, before + 1));
            }
            if (index.add(feature.name, feature.term) != line) {
                throw new DataException(
                        "%s: line %d: the intercept is no feature; take the line out".formatted(file, line + 1));
            }
        }
        return index;
    }

    /// Writes an index.
    public static void write(Path file, FeatureIndex index) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < index.size(); i++) {
            text.append(quoted(index.name(i)))
                    .append(',')
                    .append(quoted(index.term(i)))
                    .append('\n');
        }
        NewFile.write(file, text.toString());
    }

    private static String quoted(String field) {
        boolean plain =
                field.indexOf(',') < 0 && field.indexOf('"') < 0 && field.indexOf('\n') < 0 && field.indexOf('\r') < 0;
        if (!plain && (field.indexOf('\n') >= 0 || field.indexOf('\r') >= 0)) {
            throw new DataException("feature \"%s\": a line break in a name, which a feature list cannot hold"
                    .formatted(field.replace("\n", "\\n").replace("\r", "\\r")));
        }
        return plain ? field : "\"" + field.replace("\"", "\"\"") + "\"";
    }

    private static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                field.append('"');
                i++;
            } else if (c == '"' && (quoted || field.isEmpty())) {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }
}
