package io.dlrm4j.effects.flow;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;

/// The embedded engine with a database file in a folder of its own, which is deleted at the end.
final class Database implements Closeable {
    private static final String PREFIX = "dlrm-flow-";

    private final Path folder;
    private final DuckDBConnection connection;

    private Database(Path folder, DuckDBConnection connection) {
        this.folder = folder;
        this.connection = connection;
    }

    static Database open(FlowOptions options) throws IOException {
        Files.createDirectories(options.temporary());
        Path folder = Files.createTempDirectory(options.temporary(), PREFIX);
        Properties properties = new Properties();
        properties.setProperty("jdbc_stream_results", "true");
        try {
            DuckDBConnection connection = DriverManager.getConnection(
                            "jdbc:duckdb:" + folder.resolve("samples.db"), properties)
                    .unwrap(DuckDBConnection.class);
            Database database = new Database(folder, connection);
            database.run("SET autoinstall_known_extensions = false");
            database.run("SET autoload_known_extensions = false");
            database.run("SET preserve_insertion_order = false"); // every query says its order
            database.run("SET memory_limit = '%dB'".formatted(options.memoryBytes()));
            database.run("SET threads = %d".formatted(options.threads()));
            database.run(
                    "SET temp_directory = " + text(folder.resolve("spilled").toString()));
            return database;
        } catch (SQLException e) {
            delete(folder);
            throw new IOException("%s: no database for the samples: %s".formatted(folder, e.getMessage()), e);
        }
    }

    DuckDBConnection connection() {
        return connection;
    }

    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// A column of a query's result.
    record Column(String name, String type) {}

    /// @return the columns of what can stand behind FROM
    List<Column> columns(String source) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("DESCRIBE SELECT * FROM " + source)) {
            while (rows.next()) {
                columns.add(new Column(rows.getString(1), rows.getString(2)));
            }
        }
        return columns;
    }

    /// A name in SQL.
    static String name(String column) {
        return "\"" + column.replace("\"", "\"\"") + "\"";
    }

    /// A text in SQL.
    static String text(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException("%s: %s".formatted(folder, e.getMessage()), e);
        } finally {
            delete(folder);
        }
    }

    /// Deletes what killed processes left over.
    static void deleteAbandoned(Path temporary) throws IOException {
        List<Path> left;
        try (Stream<Path> all = Files.list(temporary)) {
            left = all.filter(folder -> folder.getFileName().toString().startsWith(PREFIX))
                    .toList();
        }
        for (Path folder : left) {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(files::add);
        }
        for (Path file : files.reversed()) {
            Files.delete(file);
        }
    }
}
