package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.flow.EntityFlow;
import io.dlrm4j.effects.flow.EntityStream;
import io.dlrm4j.effects.flow.FeatureColumn;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.ScoreInput;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The samples of one data set, as coordinates need them. Closes what it opened.
final class SampleFiles implements Closeable {
    private static final int PART = 65_536;

    private final EffectsConfig.Data data;
    private final Path path;
    private final FlowOptions options;
    private final List<ScoreInput> scores;
    private final Compat compat;
    private final List<EntityFlow> flows = new ArrayList<>();

    SampleFiles(EffectsConfig config, Path path, FlowOptions options) {
        this.data = config.data();
        this.path = path;
        this.options = options;
        this.scores = data.scores().stream().map(ScoreInput::of).toList();
        this.compat = config.descent().compat();
    }

    /// What the samples came with: one coordinate's worth of scores where there are score files.
    ///
    /// @param table of the samples, offsets 0
    /// @param given the sums of offsets and score files, `[n]`
    @SuppressWarnings("ArrayRecordComponent") // of millions of samples, never compared
    record Table(ScoreTable table, double[] given) {}

    /// Reads labels, weights and offsets.
    ///
    /// @param kinds columns of entities that evaluators look at
    Table table(Set<String> kinds) throws IOException {
        long[] uids = {};
        double[] labels = {};
        double[] weights = {};
        double[] given = {};
        int n = 0;
        EntityData part = new EntityData();
        try (EntityStream stream =
                flow("", List.of(), new FeatureIndex(), scores).openAll()) {
            while (stream.nextPart(part, PART)) {
                int more = n + part.rows();
                if (more > uids.length) {
                    int room = Math.max(more, uids.length + (uids.length >> 1));
                    uids = Arrays.copyOf(uids, room);
                    labels = Arrays.copyOf(labels, room);
                    weights = Arrays.copyOf(weights, room);
                    given = Arrays.copyOf(given, room);
                }
                System.arraycopy(part.uids(), 0, uids, n, part.rows());
                System.arraycopy(part.labels(), 0, labels, n, part.rows());
                System.arraycopy(part.weights(), 0, weights, n, part.rows());
                System.arraycopy(part.offsets(), 0, given, n, part.rows());
                n = more;
            }
        }
        uids = Arrays.copyOf(uids, n);
        Map<String, int[]> groups = new HashMap<>();
        ScoreTable plain =
                new ScoreTable(uids, Arrays.copyOf(labels, n), Arrays.copyOf(weights, n), new double[n], Map.of());
        for (String kind : kinds) {
            groups.put(kind, groups(kind, plain));
        }
        return new Table(plain.withGroups(groups), Arrays.copyOf(given, n));
    }

    /// @return all samples as one entity
    EntityData all(List<String> features, FeatureIndex index) throws IOException {
        EntityData all = new EntityData();
        try (EntitySource source = flow("", features, index, List.of()).open()) {
            source.next(all);
        }
        return all;
    }

    /// @return samples by entity
    EntitySource.Repeatable byEntity(String entity, List<String> features, FeatureIndex index) throws IOException {
        return flow(entity, features, index, List.of());
    }

    /// @return samples by entity, with the sums of score files as their offsets
    EntitySource.Repeatable withScores(EffectsConfig.CoordinateSpec spec, FeatureIndex index) throws IOException {
        return flow(spec.entity(), spec.features(), index, scores);
    }

    private int[] groups(String kind, ScoreTable table) throws IOException {
        int[] groups = new int[table.rows()];
        EntityData entity = new EntityData();
        try (EntitySource source =
                flow(kind, List.of(), new FeatureIndex(), List.of()).open()) {
            for (int group = 0; source.next(entity); group++) {
                for (int row = 0; row < entity.rows(); row++) {
                    groups[table.rowOf(entity.uids()[row])] = group;
                }
            }
        }
        return groups;
    }

    private EntityFlow flow(String entity, List<String> features, FeatureIndex index, List<ScoreInput> offsets)
            throws IOException {
        SampleColumns columns =
                new SampleColumns(data.uid(), data.label(), data.weight(), data.offset(), entity, List.of());
        List<FeatureColumn> wanted = features.stream().map(FeatureColumn::of).toList();
        ActiveSamples all = new ActiveSamples(0, 0, compat);
        EntityFlow flow = EntityFlow.ofFiles(path, columns, wanted, index, offsets, all, options);
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
