package io.dlrm4j.criteo;

import io.dlrm4j.criteo.store.Manifest;
import io.dlrm4j.criteo.write.PreparedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Small prepared folders whose every value can be told from its row.
final class PreparedFolders {
    static final int DENSE = 13;
    static final int TABLES = 26;

    private PreparedFolders() {}

    static float dense(long row, int feature) {
        return (float) Math.log(1f + count(row, feature));
    }

    static int count(long row, int feature) {
        return (int) (row * 3 + feature);
    }

    static int id(long row, int table) {
        return (int) ((row + table) % rows(table));
    }

    static int rows(int table) {
        return 2 + table;
    }

    static int label(long row) {
        return row % 3 == 0 ? 1 : 0;
    }

    /// Writes days of the given sizes, each in pieces of at most seven rows.
    static Manifest write(Path output, String layout, int... rowsPerDay) throws IOException {
        try (PreparedWriter writer = PreparedWriter.create(output, layout, DENSE, TABLES)) {
            long row = 0;
            for (int rows : rowsPerDay) {
                for (int done = 0; done < rows; done += 7) {
                    int count = Math.min(7, rows - done);
                    append(writer, row, count);
                    row += count;
                }
                writer.endDay();
            }
            return publish(writer);
        }
    }

    static void append(PreparedWriter writer, long first, int count) throws IOException {
        int[] labels = new int[count];
        float[] dense = new float[count * DENSE];
        int[] counts = new int[count * DENSE];
        int[] ids = new int[count * TABLES];
        for (int i = 0; i < count; i++) {
            labels[i] = label(first + i);
            for (int f = 0; f < DENSE; f++) {
                dense[i * DENSE + f] = dense(first + i, f);
                counts[i * DENSE + f] = count(first + i, f);
            }
            for (int t = 0; t < TABLES; t++) {
                ids[i * TABLES + t] = id(first + i, t);
            }
        }
        writer.append(0, count, labels, dense, counts, ids);
    }

    static Manifest publish(PreparedWriter writer) throws IOException {
        List<Manifest.Table> tables = new ArrayList<>();
        for (int t = 0; t < TABLES; t++) {
            tables.add(new Manifest.Table("C" + (t + 1), rows(t)));
        }
        return writer.publish(
                new Manifest.Rules("none", 0, 0, 0, false),
                tables,
                new Manifest.Origin("generate", List.of(), Map.of(), null));
    }
}
