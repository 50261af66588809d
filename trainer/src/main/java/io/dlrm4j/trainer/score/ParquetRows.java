package io.dlrm4j.trainer.score;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/// Scores as Parquet, written by an embedded DuckDB: rows are appended to a table in a database file beside the
/// result, so that they need not fit into memory, and copied out in their order.
final class ParquetRows implements ScoreWriter.Rows {
    private final Path file;
    private final Path database;
    private final DuckDBConnection connection;
    private final DuckDBAppender appender;

    /// @param hidden number of activations of each row, 0 for none
    ParquetRows(Path file, int hidden) throws IOException {
        this.file = file;
        this.database = file.resolveSibling(file.getFileName() + ".rows");
        Files.deleteIfExists(database);
        try {
            connection = DriverManager.getConnection("jdbc:duckdb:" + database).unwrap(DuckDBConnection.class);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET threads = 1");
                String more = hidden == 0 ? "" : ", hidden FLOAT[%d]".formatted(hidden);
                statement.execute("CREATE TABLE score (uid BIGINT, label FLOAT, logit FLOAT%s)".formatted(more));
            }
            appender = connection.createAppender("score");
        } catch (SQLException e) {
            throw new IOException("%s: no database for its rows: %s".formatted(file, e.getMessage()), e);
        }
    }

    @Override
    public void add(long uid, float label, float logit, float[] hidden) throws IOException {
        try {
            appender.beginRow();
            appender.append(uid);
            appender.append(label);
            appender.append(logit);
            if (hidden.length > 0) {
                appender.append(hidden);
            }
            appender.endRow();
        } catch (SQLException e) {
            throw new IOException("%s: row %d: %s".formatted(file, uid, e.getMessage()), e);
        }
    }

    @Override
    public void finish() throws IOException {
        try {
            appender.close();
            try (Statement statement = connection.createStatement()) {
                String quoted = file.toString().replace("'", "''");
                statement.execute("COPY score TO '" + quoted + "' (FORMAT parquet)");
            }
        } catch (SQLException e) {
            throw new IOException("%s: cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException("%s: %s".formatted(database, e.getMessage()), e);
        } finally {
            Files.deleteIfExists(database);
            Files.deleteIfExists(database.resolveSibling(database.getFileName() + ".wal"));
        }
    }
}
