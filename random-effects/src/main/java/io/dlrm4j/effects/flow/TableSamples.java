package io.dlrm4j.effects.flow;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.Sample;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.SampleReader;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// Samples of one file of Parquet or CSV in the order in which they lie there, as online learning takes them.
public final class TableSamples implements SampleReader {
    private static final int FEATURES = 6;

    private final Path file;
    private final SampleColumns columns;
    private final Database database;
    private final Statement statement;
    private final ResultSet rows;
    private final Features features;
    private final long firstUid;
    private final EntityData row = new EntityData();
    private long samples;

    private TableSamples(
            Path file,
            SampleColumns columns,
            Database database,
            Statement statement,
            ResultSet rows,
            Features features,
            long firstUid) {
        this.file = file;
        this.columns = columns;
        this.database = database;
        this.statement = statement;
        this.rows = rows;
        this.features = features;
        this.firstUid = firstUid;
    }

    /// @param columns which columns are read; bags are not looked at
    /// @param wanted the columns that give features
    /// @param index features are added to it
    /// @param firstUid the first sample's number where `columns` names no uid
    /// @throws DataException when a wanted column is not there
    public static TableSamples open(
            Path file,
            SampleColumns columns,
            List<FeatureColumn> wanted,
            FeatureIndex index,
            FlowOptions options,
            long firstUid)
            throws IOException {
        Database database = Database.open(options);
        try {
            database.run("SET preserve_insertion_order = true"); // a position counts samples in this order
            database.run("SET threads = 1");
            String source = TableFiles.source(file);
            List<Database.Column> there = database.columns(source);
            Features features = Features.of(wanted, there, index);
            List<String> selected = new ArrayList<>();
            selected.add(wanted(columns.entity(), "VARCHAR", "''", there, file));
            selected.add(wanted(columns.uid(), "BIGINT", "0", there, file));
            selected.add(wanted(columns.label(), "DOUBLE", "0", there, file));
            selected.add(optional(columns.weight(), "1", there));
            selected.add(optional(columns.offset(), "0", there));
            selected.addAll(features.sql());
            Statement statement = database.connection().createStatement();
            ResultSet rows = statement.executeQuery("SELECT %s FROM %s".formatted(String.join(", ", selected), source));
            return new TableSamples(file, columns, database, statement, rows, features, firstUid);
        } catch (SQLException e) {
            database.close();
            throw TableFiles.unreadable(file, e);
        } catch (IOException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /// Deletes what readers of killed processes left over.
    ///
    /// @param temporary that of [FlowOptions], which nobody else uses now
    public static void deleteAbandoned(Path temporary) throws IOException {
        Database.deleteAbandoned(temporary);
    }

    private static String wanted(String name, String type, String absent, List<Database.Column> there, Path file) {
        if (name.isEmpty()) {
            return absent;
        }
        if (there.stream().noneMatch(column -> column.name().equals(name))) {
            throw new DataException("%s: no column \"%s\", there are %s"
                    .formatted(
                            file,
                            name,
                            there.stream().map(Database.Column::name).toList()));
        }
        return "CAST(%s AS %s)".formatted(Database.name(name), type);
    }

    private static String optional(String name, String absent, List<Database.Column> there) {
        return there.stream().anyMatch(column -> column.name().equals(name))
                ? "coalesce(CAST(%s AS DOUBLE), %s)".formatted(Database.name(name), absent)
                : absent;
    }

    @Override
    public boolean next(Sample into) throws IOException {
        try {
            if (!rows.next()) {
                return false;
            }
            String entity = rows.getString(1);
            long uid = rows.getLong(2);
            boolean numbered = !rows.wasNull();
            double label = rows.getDouble(3);
            if (entity == null || !numbered || rows.wasNull()) {
                throw new DataException("%s: sample %d: no %s"
                        .formatted(file, samples, entity == null ? "entity" : numbered ? "label" : "uid"));
            }
            long number = columns.uid().isEmpty() ? firstUid + samples : uid;
            try {
                into.begin(entity, number, label, rows.getDouble(4), rows.getDouble(5));
                row.begin(entity);
                row.addRow(number, label, 1, 0);
                int at = FEATURES;
                for (Features.Taker taker : features.takers()) {
                    at = taker.take(rows, at, row);
                }
                for (int k = 0; k < row.entries(); k++) {
                    into.add(row.indices()[k], row.values()[k]);
                }
            } catch (DataException | IllegalArgumentException e) {
                throw new DataException("%s: sample %d: %s".formatted(file, samples, e.getMessage()), e);
            }
            samples++;
            return true;
        } catch (SQLException e) {
            throw TableFiles.unreadable(file, e);
        }
    }

    @Override
    public void close() throws IOException {
        try (database;
                statement;
                rows) {
            samples = 0;
        } catch (SQLException e) {
            throw new IOException("%s: %s".formatted(file, e.getMessage()), e);
        }
    }
}
