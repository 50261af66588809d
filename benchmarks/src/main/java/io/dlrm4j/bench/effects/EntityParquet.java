package io.dlrm4j.bench.effects;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// Writes a Parquet file of many entities for `benchmarks/effects/million-entities`: `uid`, `entity`, `label`,
/// `offset`, `f0` to `f9`. Every entity has as many samples as every other, far apart in the file, and hidden
/// coefficients of its own; all numbers are hashes of the seed and of where they stand.
public final class EntityParquet {
    private static final int FEATURES = 10;
    private static final int STRIDE = 7919; // prime: neighbours in the file are of different entities

    private EntityParquet() {}

    /// @param args the new file, entities, samples of each, seed
    public static void main(String[] args) throws SQLException {
        Path file = Path.of(args[0]);
        long entities = Long.parseLong(args[1]);
        long rows = entities * Long.parseLong(args[2]);
        long seed = Long.parseLong(args[3]);
        StringBuilder drawn =
                new StringBuilder("uid, entity, CAST(%s AS FLOAT) AS \"offset\"".formatted(unit(seed, "uid", 0)));
        StringBuilder margin = new StringBuilder("\"offset\"");
        StringBuilder columns = new StringBuilder();
        for (int j = 0; j < FEATURES; j++) {
            drawn.append(", CAST(%s AS FLOAT) AS f%d".formatted(unit(seed, "uid", j + 1), j));
            margin.append(" + 1.5 * f%d * %s".formatted(j, unit(seed, "-1 - entity", j)));
            columns.append(", f").append(j);
        }
        String sql = """
                COPY (
                    SELECT uid, entity, CAST(%s < tanh(0.5 * (%s)) AS INTEGER) AS label, "offset"%s
                    FROM (SELECT %s FROM (SELECT range AS uid, (range * %d) %% %d AS entity FROM range(%d)))
                ) TO '%s' (FORMAT parquet)
                """.formatted(
                        unit(seed, "uid", FEATURES + 1),
                        margin,
                        columns,
                        drawn,
                        STRIDE,
                        entities,
                        rows,
                        file.toString().replace("'", "''"));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET preserve_insertion_order = true");
            statement.execute(sql);
        }
    }

    /// @return a number from -1 to 1
    private static String unit(long seed, String of, int column) {
        return "(hash(%d, %s, %d) / 9223372036854775808.0 - 1)".formatted(seed, of, column);
    }
}
