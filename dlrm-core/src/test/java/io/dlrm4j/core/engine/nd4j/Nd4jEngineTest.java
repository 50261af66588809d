package io.dlrm4j.core.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Nd4jEngineTest {
    private static final UpdateRule SGD = new UpdateRule(OptimizerKind.SGD, 0);

    private final OffHeap memory = OffHeap.unlimited("test");
    private final Nd4jEngine engine = new Nd4jEngine();

    @AfterEach
    void close() {
        engine.close();
        memory.close();
    }

    @Test
    void saysOnWhichBackendItComputes() {
        assertThat(engine.description()).contains("ND4J backend CpuBackend").contains("BLAS OPENBLAS");
    }

    @Test
    void anUpdateTellsWhenARowIsNotFinite() {
        for (OptimizerKind rule : OptimizerKind.values()) {
            EmbeddingTable table = table(5, 3, rule);
            Bags bags = new Bags(Ints.of(memory, "ids", 4, 1), null);
            bags.count(2);
            Floats gradients = Floats.of(memory, "gradients", 1, 2, 3, 4, 5, 6);
            assertThat(table.update(bags, gradients, 0, 3, 0.1f)).as("%s", rule).isTrue();
            gradients.set(4, Float.NaN);
            assertThat(table.update(bags, gradients, 0, 3, 0.1f)).as("%s", rule).isFalse();
            table.close();
        }
    }

    @Test
    void readsAndWritesAnyRangeOfRows() {
        EmbeddingTable table = table(2_000_000, 3, OptimizerKind.ROW_WISE_ADAGRAD);
        Floats weights = memory.floats("weights", 6_000_000);
        Floats state = memory.floats("state", 2_000_000);
        for (int i = 0; i < 6_000_000; i++) {
            weights.set(i, i);
            state.set(i / 3, -i);
        }
        table.writeWeights(0, 2_000_000, weights); // more than one block of a copy
        table.writeState(0, 2_000_000, state);
        Floats changed = Floats.of(memory, "changed", 7, 8, 9);
        table.writeWeights(1_999_998, 1, changed);
        Floats back = memory.floats("back", 9);
        table.readWeights(1_999_997, 3, back);
        assertThat(back.toArray())
                .containsExactly(5_999_991, 5_999_992, 5_999_993, 7, 8, 9, 5_999_997, 5_999_998, 5_999_999);
        Floats stateBack = memory.floats("state back", 2);
        table.readState(1_500_000, 2, stateBack);
        assertThat(stateBack.toArray()).containsExactly(-4_500_002, -4_500_005);
        table.close();
    }

    @Test
    void sumsRepeatedIdsOnceAndBeforeTheUpdate() {
        EmbeddingTable table = table(4, 2, OptimizerKind.ADAGRAD);
        Bags bags = new Bags(Ints.of(memory, "ids", 3, 3, 1), Ints.of(memory, "starts", 0, 2, 2, 3));
        bags.count(3);
        Floats gradients = Floats.of(memory, "gradients", 1, 2, 9, 9, -3, 4);
        table.update(bags, gradients, 0, 2, 0.5f);
        Floats weights = memory.floats("weights", 8);
        table.readWeights(0, 4, weights);
        assertThat(weights.toArray()).containsExactly(0, 0, 0.5f, -0.5f, 0, 0, -0.5f, -0.5f);
        Floats state = memory.floats("state", 8);
        table.readState(0, 4, state);
        assertThat(state.toArray()).containsExactly(0, 0, 9, 16, 0, 0, 4, 16);
        table.close();
    }

    @Test
    void namesTheSampleWhoseIdIsOutside() {
        EmbeddingTable table = table(4, 2, OptimizerKind.SGD);
        Bags bags = new Bags(Ints.of(memory, "ids", 3, 0, 4), Ints.of(memory, "starts", 0, 2, 2, 3));
        bags.count(3);
        Floats out = memory.floats("out", 6);
        assertThatThrownBy(() -> table.pool(bags, out, 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table 7: sample 2 of the batch has id 4, want 0 to 3 (4 rows)");
        table.close();
    }

    @Test
    void refusesRowsOutsideTheTableAndTablesTooLarge() {
        EmbeddingTable table = table(4, 2, OptimizerKind.SGD);
        Floats out = memory.floats("out", 6);
        assertThatThrownBy(() -> table.readWeights(2, 3, out))
                .hasMessage("table 7: 3 rows from row 2 on, want rows within 0 to 3");
        table.close();
        assertThatThrownBy(() -> table(1L << 31, 2, OptimizerKind.SGD))
                .hasMessage(
                        "table 7: rows=2147483648, want 1 to 2147483647;" + " shard the table by rows or hash its ids");
    }

    @Test
    void refusesWhatTheDensePartCannotDo() {
        DlrmShape shape = shape(List.of());
        assertThatThrownBy(() -> engine.dense(shape, 4, new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 0), memory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD");
        DensePart part = engine.dense(shape, 4, SGD, memory);
        assertThatThrownBy(() -> part.bottomForward(Floats.NONE, 5)).hasMessage("dense part: n=5 samples, want 0 to 4");
        part.close();
    }

    @Test
    void aModelWithoutTablesIsTwoMlpsOnTopOfEachOther() {
        DensePart part = engine.dense(shape(List.of()), 4, SGD, memory);
        part.weights().fill(0.5f);
        part.weightsChanged();
        part.bottomForward(Floats.of(memory, "dense", 1, 2, -1, -4), 2);
        PooledVectors nothing = new PooledVectors(Floats.NONE, Floats.NONE, 0);
        // sample 0: bottom 0.5 + 0.5 + 1 = 2 twice, top 0.5 + 2 * 0.5 * 2; sample 1: bottom below 0, so 0
        assertThat(part.topForward(nothing).toArray()).containsExactly(2.5f, 0.5f);
        part.topStep(nothing, Floats.of(memory, "labels", 1, 0), 0.5f, offset -> {});
        part.bottomBackward(offset -> {});
        part.update(0.1f);
        assertThat(part.weights().get(0)).isGreaterThan(0.5f);
        part.close();
    }

    @Test
    void namesTheFirstLayerWhoseOutputIsNotFinite() {
        DensePart part = engine.dense(shape(List.of()), 4, SGD, memory);
        PooledVectors nothing = new PooledVectors(Floats.NONE, Floats.NONE, 0);
        Floats labels = Floats.of(memory, "labels", 1, 0);
        part.weights().fill(0.5f);
        part.weightsChanged();
        part.bottomForward(Floats.of(memory, "dense", 1, 2, 1, 4), 2);
        part.topStep(nothing, labels, 0.5f, offset -> {});
        assertThat(part.firstNotFinite(nothing)).isNull();

        part.bottomForward(Floats.of(memory, "infinite", 1, 2, 1, Float.POSITIVE_INFINITY), 2);
        part.topStep(nothing, labels, 0.5f, offset -> {});
        assertThat(part.firstNotFinite(nothing))
                .isEqualTo(new NotFinite("output 0 of bot.0", 1, Float.POSITIVE_INFINITY));

        part.weights().slice(6, part.weights().length() - 6).fill(Float.MAX_VALUE); // of the top MLP
        part.weightsChanged();
        part.bottomForward(Floats.of(memory, "large", 1, 2, 1, 4), 2);
        part.topStep(nothing, labels, 0.5f, offset -> {});
        assertThat(part.firstNotFinite(nothing))
                .isEqualTo(new NotFinite("output 0 of top.0", 0, Float.POSITIVE_INFINITY));
        part.close();
    }

    private EmbeddingTable table(long rows, int dim, OptimizerKind kind) {
        return engine.table("table 7", rows, dim, 16, 16, new UpdateRule(kind, 0), memory);
    }

    private static DlrmShape shape(List<Long> tables) {
        return new DlrmShape(2, List.of(2, 2), List.of(2, 1), tables, InteractionKind.DOT, false, LossKind.BCE);
    }
}
