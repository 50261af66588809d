package io.dlrm4j.effects.flow;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/// Samples grouped by entity, to be read any number of times in the same order: entities ascending, and within each
/// the samples by their uid. Never all in memory: the engine's share is [FlowOptions#memoryBytes], ours is one entity.
///
/// ```
/// try (EntityFlow flow = EntityFlow.ofFiles(files, columns, features, index, scores, bounds, options);
///         EntityStream entities = flow.open()) {
///     EntityData data = new EntityData();
///     while (entities.next(data)) { … }
/// }
/// ```
///
/// Features that are met for the first time are added to the index in that same order, so that numbers are the same
/// every time.
public final class EntityFlow implements EntitySource.Repeatable, Closeable {
    private static final String ORDER = " ORDER BY entity, uid";

    private final Database database;
    private final String where;
    private final String joined;
    private final String active;
    private final Features features;
    private final ActiveSamples bounds;

    private EntityFlow(
            Database database, String where, String joined, String active, Features features, ActiveSamples bounds) {
        this.database = database;
        this.where = where;
        this.joined = joined;
        this.active = active;
        this.features = features;
        this.bounds = bounds;
    }

    /// Samples in Parquet or CSV.
    ///
    /// @param path a file or a folder
    /// @param columns uid, entity and label are needed (no entity: all samples are one, as for a fixed effect);
    ///     weight and offset count where the files have them; bags are not looked at
    /// @param wanted the columns that give features
    /// @param index gets the features' numbers
    /// @param scores whose sum is the offset, added to the files' own; a sample without one of them is an error,
    ///     and
    ///     is left out under `compat` GDMIX, which also rounds the sum to 32 bits
    /// @param bounds on the samples that are trained on
    public static EntityFlow ofFiles(
            Path path,
            SampleColumns columns,
            List<FeatureColumn> wanted,
            FeatureIndex index,
            List<ScoreInput> scores,
            ActiveSamples bounds,
            FlowOptions options)
            throws IOException {
        Database database = Database.open(options);
        try {
            String source = TableFiles.source(path);
            List<Database.Column> there = database.columns(source);
            Features features = Features.of(wanted, there, index);
            String samples =
                    "(SELECT %s AS entity, CAST(%s AS BIGINT) AS uid, %s AS label, %s AS weight, %s AS own%s FROM %s)"
                            .formatted(
                                    columns.entity().isEmpty()
                                            ? "''"
                                            : required(columns.entity(), "entity", there, path),
                                    required(columns.uid(), "uid", there, path),
                                    number(columns.label(), "NULL", there),
                                    number(columns.weight(), "1", there),
                                    number(columns.offset(), "0", there),
                                    features.listed(),
                                    source);
            return build(database, path.toString(), samples, features, index, scores, bounds);
        } catch (SQLException e) {
            database.close();
            throw TableFiles.unreadable(path, e);
        } catch (IOException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /// Samples in a format that we read ourselves; they are appended to a table of the database first.
    ///
    /// @param readers opened one after the other
    /// @param index gets the numbers of features that come with scores; that of the readers
    /// @param scores as for [#ofFiles]
    public static EntityFlow ofReaders(
            List<SampleTable.Opener> readers,
            FeatureIndex index,
            List<ScoreInput> scores,
            ActiveSamples bounds,
            FlowOptions options)
            throws IOException {
        Database database = Database.open(options);
        try {
            SampleTable.load(database, readers);
            return build(database, "samples", SampleTable.NAME, Features.packed(), index, scores, bounds);
        } catch (SQLException e) {
            database.close();
            throw new IOException("samples: cannot be kept: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static EntityFlow build(
            Database database,
            String where,
            String samples,
            Features ofSamples,
            FeatureIndex index,
            List<ScoreInput> scores,
            ActiveSamples bounds)
            throws SQLException, IOException {
        boolean gdmix = bounds.compat() == Compat.GDMIX;
        StringBuilder joins = new StringBuilder();
        StringBuilder offset = new StringBuilder("s.own");
        StringBuilder taken = new StringBuilder();
        StringBuilder names = new StringBuilder();
        Features features = ofSamples;
        for (int f = 0; f < ofSamples.sql().size(); f++) {
            taken.append(", s.f%d AS g%d".formatted(f, f));
        }
        for (int i = 0; i < scores.size(); i++) {
            ScoreInput score = scores.get(i);
            TableFiles.Scores table = TableFiles.scores(database, score, i, index);
            joins.append(
                    " %s JOIN %s AS o%d ON s.uid = o%d.uid".formatted(gdmix ? "INNER" : "LEFT", table.sql(), i, i));
            if (score.sign() != 0) {
                offset.append(score.sign() < 0 ? " - " : " + ").append("o%d.score".formatted(i));
            }
            for (int f = 0; f < table.features().sql().size(); f++) {
                taken.append(", o%d.f%d AS g%d".formatted(i, f, features.sql().size() + f));
            }
            features = features.and(table.features());
        }
        for (int f = 0; f < features.sql().size(); f++) {
            names.append(", g").append(f);
        }
        String sum = gdmix ? "CAST(CAST(%s AS FLOAT) AS DOUBLE)".formatted(offset) : offset.toString();
        String joined = "SELECT entity, s.uid AS uid, label, weight, %s AS off%s FROM %s AS s%s"
                .formatted(sum, taken, samples, joins);
        String active = dealsByUid(bounds) ? dealt(joined, names, bounds) : joined;
        return new EntityFlow(database, where, joined, active, features, bounds);
    }

    /// GDMix's way needs to know how many samples an entity has before it reads the first.
    static boolean dealsByUid(ActiveSamples bounds) {
        return bounds.compat() == Compat.GDMIX && (bounds.cap() > 0 || bounds.least() > 1);
    }

    /// The samples that GDMix trains on ([ActiveSamples]).
    private static String dealt(String joined, CharSequence names, ActiveSamples bounds) {
        String groups = bounds.cap() > 0 ? "(n // %d + 1)".formatted(bounds.cap()) : "1";
        return "WITH j AS (%s), c AS (SELECT entity AS e, count(*) AS n FROM j GROUP BY entity)".formatted(joined)
                + " SELECT entity, uid, label, weight, off%s FROM j JOIN c ON entity = e".formatted(names)
                + " WHERE n >= %d AND ((uid %% %s) + %s) %% %s = 0".formatted(bounds.least(), groups, groups, groups);
    }

    private static String required(String name, String use, List<Database.Column> there, Path path) {
        List<String> names = there.stream().map(Database.Column::name).toList();
        if (!names.contains(name)) {
            throw new DataException("%s: no column \"%s\" for the %s, there are %s".formatted(path, name, use, names));
        }
        return Database.name(name);
    }

    private static String number(String name, String absent, List<Database.Column> there) {
        Set<String> names = Set.copyOf(there.stream().map(Database.Column::name).toList());
        if (!names.contains(name)) {
            return "CAST(%s AS DOUBLE)".formatted(absent);
        }
        return "coalesce(CAST(%s AS DOUBLE), %s)".formatted(Database.name(name), absent);
    }

    /// @return number of samples, trained on or not
    public long samples() throws IOException {
        try (Statement statement = database.connection().createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM (%s)".formatted(joined))) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw TableFiles.unreadable(where, e);
        }
    }

    /// Entities with the samples that are trained on.
    @Override
    public EntityStream open() throws IOException {
        return EntityStream.open(database, where, active + ORDER, features, bounds);
    }

    /// All samples, trained on or not, in the same order: those that are to be scored.
    public EntityStream openAll() throws IOException {
        return EntityStream.open(database, where, joined + ORDER, features, ActiveSamples.ALL);
    }

    @Override
    public void close() throws IOException {
        database.close();
    }
}
