package io.dlrm4j.effects.job;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.column.Columns;
import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.column.Longs;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.flow.EntityFlow;
import io.dlrm4j.effects.flow.EntityStream;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.ScoreInput;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.format.avro.AvroReader;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.SampleInput.Part;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The samples of one data set, as coordinates need them. Closes what it opened.
final class SampleFiles implements Closeable {
    /// Samples that are read at once.
    static final int PART = 65_536;

    private static final int MOST = 1 << 29; // an index of uids has no more slots

    private final EffectsConfig config;
    private final Part part;
    private final @Nullable Path given;
    private final FlowOptions options;
    private final Columns columns;
    private final List<ScoreInput> scores;
    private final List<EntityFlow> flows = new ArrayList<>();

    /// @param part which of the configuration's samples
    /// @param given where the samples are instead of where the configuration has them, or null
    /// @param columns take numbers of all samples
    SampleFiles(EffectsConfig config, Part part, @Nullable Path given, FlowOptions options, Columns columns)
            throws IOException {
        this.config = config;
        this.part = part;
        this.given = given;
        this.options = options;
        this.columns = columns;
        this.scores = new ArrayList<>();
        for (Path path : config.data().scores()) {
            scores.add(scores(path));
        }
    }

    /// What the trainer wrote, or what GDMix or DeText did.
    private ScoreInput scores(Path path) throws IOException {
        GdmixFolders folders = new GdmixFolders(path);
        boolean coordinate = Files.isDirectory(folders.models())
                || Files.isDirectory(folders.trainingScores())
                || Files.isDirectory(folders.validationScores());
        Path from =
                !coordinate ? path : part == Part.TRAINING ? folders.trainingScoresThere() : folders.validationScores();
        String column = config.data().reading().score();
        List<Path> files = PartFiles.of(from, ".parquet", ".csv", ".tsv", ".csv.gz", ".tsv.gz", ".avro");
        if (column.isEmpty() && files.getFirst().toString().endsWith(".avro")) {
            column = avroScore(files.getFirst());
        }
        return new ScoreInput(from, "uid", column.isEmpty() ? "logit" : column, 1);
    }

    private static String avroScore(Path file) throws IOException {
        try (AvroReader in = AvroReader.open(file)) {
            for (String name : new String[] {ScoreFile.Columns.GDMIX.score(), ScoreFile.Columns.DETEXT.score()}) {
                if (in.schema().getField("logit") == null && in.schema().getField(name) != null) {
                    return name;
                }
            }
            return "logit";
        }
    }

    /// What the samples came with: one coordinate's worth of scores where there are score files.
    ///
    /// @param table of the samples, offsets 0
    /// @param given the sums of offsets and score files, `[n]`
    record Table(ScoreTable table, Doubles given) {}

    /// Reads labels, weights and offsets.
    ///
    /// @param kinds columns of entities that evaluators look at
    Table table(Set<String> kinds) throws IOException {
        EntityFlow flow = flow(first(), "", List.of(), new FeatureIndex(), scores);
        long n = flow.samples();
        if (n > MOST) {
            throw new DataException("%d samples, want %d at most for more than one random effect without validation"
                    .formatted(n, MOST));
        }
        Longs uids = columns.longs(n);
        Doubles labels = columns.doubles(n);
        Doubles weights = columns.doubles(n);
        Doubles given = columns.doubles(n);
        long at = 0;
        EntityData part = new EntityData();
        try (EntityStream stream = flow.openAll()) {
            while (stream.nextPart(part, PART)) {
                for (int row = 0; row < part.rows(); row++, at++) {
                    uids.set(at, part.uids()[row]);
                    labels.set(at, part.labels()[row]);
                    weights.set(at, part.weights()[row]);
                    given.set(at, part.offsets()[row]);
                }
            }
        }
        ScoreTable table = new ScoreTable(uids, labels, weights, columns.doubles(n), columns);
        for (String kind : kinds) {
            groups(kind, table);
        }
        return new Table(table, given);
    }

    /// @return all samples as one entity
    EntityData all(CoordinateSpec spec, FeatureIndex index) throws IOException {
        EntityData all = new EntityData();
        try (EntitySource source =
                flow(spec, "", spec.features(), index, joined(spec)).open()) {
            source.next(all);
        }
        return all;
    }

    /// @return samples by entity
    EntitySource.Repeatable byEntity(CoordinateSpec spec, FeatureIndex index) throws IOException {
        return flow(spec, spec.entity(), spec.features(), index, joined(spec));
    }

    /// GDMix joins with the scores everywhere, so that samples without one disappear; others where features come with
    /// them.
    private List<ScoreInput> joined(CoordinateSpec spec) {
        boolean all = config.descent().compat() == Compat.GDMIX;
        if (spec.preparation().source().scoreFeatures().isEmpty()) {
            return all ? scores : List.of();
        }
        List<ScoreInput> inputs = withFeatures(spec);
        return all ? inputs : List.of(inputs.getFirst().featuresAlone());
    }

    private List<ScoreInput> withFeatures(CoordinateSpec spec) {
        List<String> columns = spec.preparation().source().scoreFeatures();
        if (columns.isEmpty()) {
            return scores;
        }
        List<ScoreInput> inputs = new ArrayList<>(scores);
        inputs.set(0, inputs.getFirst().withFeatures(columns));
        return inputs;
    }

    /// @return samples by entity, with the sums of score files as their offsets
    EntitySource.Repeatable withScores(CoordinateSpec spec, FeatureIndex index) throws IOException {
        return flow(spec, spec.entity(), spec.features(), index, withFeatures(spec));
    }

    private CoordinateSpec first() {
        return config.coordinates().getFirst();
    }

    /// The coordinate whose files have a column of entities: that of the entity where there is one.
    private CoordinateSpec holderOf(String kind) {
        return config.coordinates().stream()
                .filter(spec -> spec.entity().equals(kind))
                .findFirst()
                .orElse(first());
    }

    /// Numbers the entities of a kind.
    ///
    /// @return the number of each sample's entity, `[n]`, which the table knows from now on
    Ints groups(String kind, ScoreTable table) throws IOException {
        Ints groups = table.group(kind);
        EntityData entity = new EntityData();
        try (EntitySource source = plain(kind).open()) {
            for (int group = 0; source.next(entity); group++) {
                for (int row = 0; row < entity.rows(); row++) {
                    groups.set(table.rowOf(entity.uids()[row]), group);
                }
            }
        }
        return groups;
    }

    /// @return the names of entities, by the numbers of [#groups]
    List<String> entities(String kind) throws IOException {
        List<String> names = new ArrayList<>();
        EntityData entity = new EntityData();
        try (EntitySource source = plain(kind).open()) {
            while (source.next(entity)) {
                names.add(entity.entity());
            }
        }
        return names;
    }

    /// Samples by entity, without features.
    private EntityFlow plain(String kind) throws IOException {
        List<ScoreInput> every = config.descent().compat() == Compat.GDMIX ? scores : List.of();
        return flow(holderOf(kind), kind, List.of(), new FeatureIndex(), every);
    }

    /// @return a coordinate's features of all samples, in the order of the [table][#table]
    EntityStream inOrder(CoordinateSpec spec, FeatureIndex index) throws IOException {
        return flow(spec, "", spec.features(), index, joined(spec)).openAll();
    }

    private EntityFlow flow(
            CoordinateSpec spec, String entity, List<String> features, FeatureIndex index, List<ScoreInput> offsets)
            throws IOException {
        SampleInput input = SampleInput.of(config, spec, part, given);
        ActiveSamples all = new ActiveSamples(0, 0, config.descent().compat());
        EntityFlow flow;
        if (input.isTable()) {
            SampleColumns columns = input.columns(entity, List.of());
            flow = EntityFlow.ofFiles(
                    input.path(), columns, input.tableColumns(features), index, offsets, all, options);
        } else {
            flow = EntityFlow.ofReaders(input.openers(entity, features, index, options), index, offsets, all, options);
        }
        flows.add(flow);
        return flow;
    }

    @Override
    public void close() throws IOException {
        for (EntityFlow flow : flows) {
            flow.close();
        }
    }
}
