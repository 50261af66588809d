package io.dlrm4j.effects.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntityFlowTest {
    private static final SampleColumns COLUMNS =
            new SampleColumns("uid", "label", "weight", "offset", "user", List.of());

    @TempDir
    Path folder;

    private FlowOptions options() {
        return new FlowOptions(folder.resolve("tmp"), 192L << 20, 1);
    }

    private EntityFlow flow(
            Path samples, List<String> features, FeatureIndex index, List<ScoreInput> scores, ActiveSamples bounds)
            throws IOException {
        List<FeatureColumn> columns = features.stream().map(FeatureColumn::of).toList();
        return EntityFlow.ofFiles(samples, COLUMNS, columns, index, scores, bounds, options());
    }

    @ParameterizedTest
    @ValueSource(strings = {"s.parquet", "s.csv"})
    void samplesMeetTheirScoresAndComeByEntityAndUid(String name) throws Exception {
        Path samples = Parquet.write(
                folder.resolve(name),
                "SELECT 'u' || (i % 3) AS user, 99 - i AS uid, i % 2 AS label, i / 4 AS age, 'g' || (i % 2) AS genre"
                        + " FROM range(12) t(i)");
        Path scores = Parquet.write(
                folder.resolve("scores.parquet"),
                "SELECT i AS uid, CAST(0 AS FLOAT) AS label, CAST(i / 8 AS FLOAT) AS logit FROM range(100) t(i)");
        FeatureIndex index = new FeatureIndex();
        List<String> seen = new ArrayList<>();
        try (EntityFlow flow =
                flow(samples, List.of("age", "genre"), index, List.of(ScoreInput.of(scores)), ActiveSamples.ALL)) {
            for (int pass = 0; pass < 2; pass++) {
                try (EntityStream entities = flow.open()) {
                    EntityData data = new EntityData();
                    while (entities.next(data)) {
                        for (int row = 0; row < data.rows(); row++) {
                            long i = 99 - data.uids()[row];
                            assertThat(data.entity()).isEqualTo("u" + i % 3);
                            assertThat(data.labels()[row]).isEqualTo((double) (i % 2));
                            assertThat(data.weights()[row]).isEqualTo(1);
                            assertThat(data.offsets()[row]).isEqualTo(data.uids()[row] / 8.0);
                            int first = data.rowStarts()[row];
                            assertThat(data.rowStarts()[row + 1]).isEqualTo(first + 2);
                            assertThat(index.name(data.indices()[first])).isEqualTo("age");
                            assertThat(data.values()[first]).isEqualTo(i / 4.0);
                            assertThat(index.term(data.indices()[first + 1])).isEqualTo("g" + i % 2);
                            seen.add(pass + data.entity() + " " + data.uids()[row]);
                        }
                    }
                    assertThat(data.rows()).isZero();
                }
            }
        }
        assertThat(seen).hasSize(24).isSorted();
        assertThat(index.size()).isEqualTo(3);
        try (var left = Files.list(folder.resolve("tmp"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void everyKindOfFeatureColumn() throws Exception {
        Path samples = Parquet.write(folder.resolve("s.parquet"), """
                SELECT 5 AS user, 1 AS uid, 1.0 AS label, CAST(0.5 AS FLOAT) AS weight,
                       ['x', 'y'] AS tags, [1.5, NULL, 3.5] AS vec, true AS flag, 17 AS city,
                       CAST(NULL AS DOUBLE) AS none,
                       [{'name': 'n', 'term': 't', 'value': 2.5}, {'name': 'm', 'term': NULL, 'value': 3.0}] AS bag,
                       {'indices': [4, 9], 'values': [0.25, 0.75]} AS tensor,
                       [8] AS pair_indices, [CAST(7 AS FLOAT)] AS pair_values""");
        List<FeatureColumn> columns = new ArrayList<>();
        for (String name : List.of("tags", "vec", "flag", "none", "bag", "tensor", "pair")) {
            columns.add(FeatureColumn.of(name));
        }
        columns.add(new FeatureColumn("city", true, false));
        FeatureIndex index = new FeatureIndex();
        EntityData data = new EntityData();
        try (EntityFlow flow =
                        EntityFlow.ofFiles(samples, COLUMNS, columns, index, List.of(), ActiveSamples.ALL, options());
                EntityStream entities = flow.open()) {
            assertThat(entities.next(data)).isTrue();
        }
        List<String> features = new ArrayList<>();
        for (int k = 0; k < data.entries(); k++) {
            int number = data.indices()[k];
            features.add(index.name(number) + "," + index.term(number) + "=" + data.values()[k]);
        }
        assertThat(data.entity()).isEqualTo("5");
        assertThat(data.weights()[0]).isEqualTo(0.5);
        assertThat(features)
                .containsExactly(
                        "tags,x=1.0",
                        "tags,y=1.0",
                        "vec,0=1.5",
                        "vec,2=3.5",
                        "flag,=1.0",
                        "n,t=2.5",
                        "m,=3.0",
                        "tensor,4=0.25",
                        "tensor,9=0.75",
                        "pair,8=7.0",
                        "city,17=1.0");
    }

    @Test
    void aMissingScoreIsToldAndLeftOutAsGdmixDoes() throws Exception {
        Path samples =
                Parquet.write(folder.resolve("s.parquet"), "SELECT 1 AS user, i AS uid, 0 AS label FROM range(4) t(i)");
        Path scores = Parquet.write(folder.resolve("scores.csv"), "SELECT i AS uid, 0.1 AS logit FROM range(3) t(i)");
        List<ScoreInput> inputs = List.of(ScoreInput.of(scores));
        EntityData data = new EntityData();
        try (EntityFlow flow = flow(samples, List.of(), new FeatureIndex(), inputs, ActiveSamples.ALL);
                EntityStream entities = flow.open()) {
            assertThatThrownBy(() -> entities.next(data))
                    .isInstanceOf(DataException.class)
                    .hasMessage(
                            "%s: entity 1: uid 3 has no score; every sample needs one, or leave the sample out",
                            samples);
        }
        ActiveSamples gdmix = new ActiveSamples(0, 0, Compat.GDMIX);
        try (EntityFlow flow = flow(samples, List.of(), new FeatureIndex(), inputs, gdmix);
                EntityStream entities = flow.open()) {
            assertThat(entities.next(data)).isTrue();
            assertThat(data.rows()).isEqualTo(3);
            assertThat(data.offsets()[0]).isEqualTo(0.1f);
        }
    }

    @Test
    void severalScoresAddUpWithTheirSigns() throws Exception {
        Path samples = Parquet.write(
                folder.resolve("s.parquet"),
                "SELECT 1 AS user, i AS uid, 0 AS label, 0.5 AS offset FROM range(2) t(i)");
        Path before = Parquet.write(folder.resolve("a.parquet"), "SELECT i AS uid, 4.0 AS logit FROM range(2) t(i)");
        Path own = Parquet.write(folder.resolve("b.parquet"), "SELECT i AS uid, 1.0 + i AS own FROM range(2) t(i)");
        EntityData data = new EntityData();
        try (EntityFlow flow = flow(
                        samples,
                        List.of(),
                        new FeatureIndex(),
                        List.of(ScoreInput.of(before), new ScoreInput(own, "uid", "own", -1)),
                        ActiveSamples.ALL);
                EntityStream entities = flow.open()) {
            assertThat(entities.next(data)).isTrue();
            assertThat(Arrays.copyOf(data.offsets(), 2)).containsExactly(3.5, 2.5);
        }
    }

    @Test
    void faultsInTheDataAreNamed() throws Exception {
        Path twice = Parquet.write(
                folder.resolve("s.parquet"), "SELECT 1 AS user, i // 2 AS uid, 0 AS label FROM range(4) t(i)");
        assertFault(twice, "%s: entity 1: uid 0 occurs twice, in the samples or in the scores");
        Path unlabelled =
                Parquet.write(folder.resolve("t.parquet"), "SELECT 1 AS user, 7 AS uid, CAST(NULL AS DOUBLE) AS label");
        assertFault(
                unlabelled,
                "%s: entity 1: uid 7 has no label; samples that are scored alone are read without a label column");
        Path nobody = Parquet.write(
                folder.resolve("u.parquet"), "SELECT CAST(NULL AS VARCHAR) AS user, 7 AS uid, 0 AS label");
        assertFault(nobody, "%s: a sample without an entity");
        Path negative =
                Parquet.write(folder.resolve("v.parquet"), "SELECT 'x' AS user, 7 AS uid, 0 AS label, -1 AS weight");
        assertFault(
                negative,
                "%s: entity x, uid 7: label=0.0 weight=-1.0 offset=0.0, want finite numbers and a weight of 0 or more");
        Path nan = Parquet.write(folder.resolve("w.parquet"), "SELECT 1 AS usr, 7 AS uid, 0 AS label");
        assertFault(nan, "%s: no column \"user\" for the entity, there are [usr, uid, label]");
        Path text = folder.resolve("x.parquet");
        Files.writeString(text, "no Parquet at all");
        assertThatThrownBy(() -> readAll(text))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(text + ": cannot be read: ");
    }

    private void assertFault(Path samples, String message) {
        assertThatThrownBy(() -> readAll(samples))
                .isInstanceOf(DataException.class)
                .hasMessage(message, samples);
    }

    private void readAll(Path samples) throws IOException {
        try (EntityFlow flow = flow(samples, List.of(), new FeatureIndex(), List.of(), ActiveSamples.ALL);
                EntityStream entities = flow.open()) {
            EntityData data = new EntityData();
            while (entities.next(data)) {
                assertThat(data.rows()).isPositive();
            }
        }
    }

    @Test
    void moreThanTheMemoryLimitIsSpilledAndEveryRowComesOnce() throws Exception {
        int rows = 1_500_000;
        int width = 18; // 160 bytes a row
        List<FeatureColumn> wide = new ArrayList<>();
        StringBuilder numbers = new StringBuilder();
        for (int i = 0; i < width; i++) {
            wide.add(FeatureColumn.of("x" + i));
            numbers.append(", (i + %d) / 7.0::DOUBLE AS x%d".formatted(i, i));
        }
        Path samples = Parquet.write(
                folder.resolve("s.parquet"),
                "SELECT hash(i) % 5000 AS user, i AS uid, i % 2 AS label" + numbers + " FROM range(" + rows + ") t(i)");
        FlowOptions small = new FlowOptions(folder.resolve("tmp"), 192L << 20, 1);
        long count = 0;
        long uids = 0;
        EntityData data = new EntityData();
        long before = -1;
        try (EntityFlow flow = EntityFlow.ofFiles(
                        samples, COLUMNS, wide, new FeatureIndex(), List.of(), ActiveSamples.ALL, small);
                EntityStream entities = flow.open()) {
            while (entities.next(data)) {
                assertThat(Long.parseLong(data.entity())).isGreaterThan(before);
                before = Long.parseLong(data.entity());
                count += data.rows();
                for (int row = 0; row < data.rows(); row++) {
                    uids += data.uids()[row];
                }
            }
        }
        assertThat(count).isEqualTo(rows);
        assertThat(uids).isEqualTo((long) rows * (rows - 1) / 2);
    }
}
