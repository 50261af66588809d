package io.dlrm4j.effects.flow;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// Makes files with the embedded engine.
final class Parquet {
    private Parquet() {}

    /// @param query whose result goes into the file, as its suffix says
    static Path write(Path file, String query) throws SQLException {
        String format = file.toString().endsWith(".csv") ? "csv, header" : "parquet";
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (%s) TO '%s' (FORMAT %s)".formatted(query, file, format));
        }
        return file;
    }
}
