package io.dlrm4j.criteo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

/// Raw lines made up for tests, and a plain reading of them by the rules, to compare with.
final class RawClicks {
    private RawClicks() {}

    /// @return lines without line ends: some fields missing, some integers negative, categories few and many
    static List<String> lines(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder line = new StringBuilder(random.nextInt(4) == 0 ? "1" : "0");
            for (int f = 0; f < 13; f++) {
                int value = random.nextInt(-3, f == 3 ? Integer.MAX_VALUE : 2_000);
                line.append('\t').append(random.nextInt(5) == 0 ? "" : String.valueOf(value));
            }
            for (int t = 0; t < 26; t++) {
                int value = random.nextInt(1 + t * t * 10) * 0x9E37_79B1;
                line.append('\t').append(random.nextInt(7) == 0 ? "" : "%08x".formatted(value));
            }
            lines.add(line.toString());
        }
        return lines;
    }

    static Path write(Path file, List<String> lines) throws IOException {
        return Files.writeString(file, String.join("\n", lines) + "\n", StandardCharsets.ISO_8859_1);
    }

    static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        return bytes.toByteArray();
    }

    /// @return the ids of all lines, `[lines][26]`, in order of first appearance
    static int[][] ids(List<String> lines) {
        List<Map<Long, Integer>> dictionaries = new ArrayList<>();
        for (int t = 0; t < 26; t++) {
            dictionaries.add(new LinkedHashMap<>());
        }
        int[][] ids = new int[lines.size()][26];
        for (int row = 0; row < ids.length; row++) {
            String[] fields = lines.get(row).split("\t", -1);
            for (int t = 0; t < 26; t++) {
                Map<Long, Integer> dictionary = dictionaries.get(t);
                long value = fields[14 + t].isEmpty() ? 0 : Long.parseLong(fields[14 + t], 16);
                ids[row][t] = dictionary.computeIfAbsent(value, _ -> dictionary.size());
            }
        }
        return ids;
    }
}
