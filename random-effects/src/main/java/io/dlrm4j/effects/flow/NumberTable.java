package io.dlrm4j.effects.flow;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// Columns of numbers out of files of Parquet or CSV, row after row.
public final class NumberTable {
    private NumberTable() {}

    /// Takes one row.
    public interface Taker {
        /// @param values one for each wanted column; this reader's own
        void take(double[] values);
    }

    /// One file that others are joined with.
    ///
    /// @param path a file or a folder
    /// @param columns wanted; one that begins with `?` is 0 where the file has none
    public record Part(Path path, List<String> columns) {
        /// Copies the list.
        public Part {
            columns = List.copyOf(columns);
        }
    }

    /// Reads rows.
    ///
    /// @param parts the first, or, where there are several, all joined by their column `uid`: rows of
    ///     the first alone
    /// @param filter a column of the first whose rows count where it is not 0; empty, or absent: all rows
    /// @param taker hears of every row, the columns of all parts in their order
    /// @return number of rows
    /// @throws DataException when a column is missing, a value is no number, or a row of the first part has no
    ///     counterpart in another
    public static long read(List<Part> parts, String filter, FlowOptions options, Taker taker) throws IOException {
        try (Database database = Database.open(options)) {
            List<String> selected = new ArrayList<>();
            StringBuilder from = new StringBuilder();
            String where = "";
            for (int i = 0; i < parts.size(); i++) {
                Part part = parts.get(i);
                String source = TableFiles.source(part.path);
                List<String> there = database.columns(source).stream()
                        .map(Database.Column::name)
                        .toList();
                for (String column : part.columns) {
                    selected.add(column(column, i, there, part.path));
                }
                if (parts.size() > 1) {
                    column("uid", i, there, part.path);
                }
                from.append(
                        i == 0
                                ? source + " AS t0"
                                : " LEFT JOIN %s AS t%d ON t0.uid = t%d.uid".formatted(source, i, i));
                if (i == 0 && there.contains(filter)) {
                    where = " WHERE t0.%s <> 0".formatted(Database.name(filter));
                }
            }
            return read(
                    database,
                    "SELECT %s FROM %s%s".formatted(String.join(", ", selected), from, where),
                    selected.size(),
                    parts,
                    taker);
        } catch (SQLException e) {
            throw TableFiles.unreadable(parts.getFirst().path, e);
        }
    }

    private static String column(String wanted, int part, List<String> there, Path path) {
        boolean optional = wanted.startsWith("?");
        String name = optional ? wanted.substring(1) : wanted;
        if (there.contains(name)) {
            return "CAST(t%d.%s AS DOUBLE)".formatted(part, Database.name(name));
        }
        if (optional) {
            return "0.0";
        }
        throw new DataException("%s: no column %s, there are %s".formatted(path, name, there));
    }

    private static long read(Database database, String query, int width, List<Part> parts, Taker taker)
            throws SQLException {
        double[] values = new double[width];
        long count = 0;
        try (Statement statement = database.connection().createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                for (int i = 0; i < width; i++) {
                    values[i] = rows.getDouble(i + 1);
                    if (rows.wasNull()) {
                        throw new DataException("%s: row %d: no %s; every row needs one, in every file that is joined"
                                .formatted(
                                        parts.getFirst().path,
                                        count,
                                        parts.stream()
                                                .flatMap(part -> part.columns.stream())
                                                .toList()
                                                .get(i)));
                    }
                }
                count++;
                taker.take(values);
            }
            return count;
        }
    }
}
