package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.InitialWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every engine, for every kind of model and update rule, takes the same steps as the double-precision model.
class EngineEqualsReferenceTest {
    /// Absolute and relative: single precision over five steps.
    private static final double SINGLE_PRECISION = 1e-5;

    private static final long[] ROWS = {11, 1, 40};
    private static final int DENSE = 5;
    private static final int DIM = 6;
    private static final float EPS = 1e-10f;
    private static final float LEARNING_RATE = 0.05f;
    /// Samples of the steps: the same size twice, an odd one, a single sample.
    private static final int[] SIZES = {9, 9, 4, 1, 9};

    private static final int SAMPLES = 32;

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void takesTheSameStepsWithOneIdASample(String name) {
        RandomBatches source = RandomBatches.oneHot(21, SAMPLES, DENSE, ROWS);
        everyModel(name, source, EngineRun.Layout.TABLE_BY_TABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void takesTheSameStepsWithManyIdsASample(String name) {
        RandomBatches source = RandomBatches.multiHot(22, SAMPLES, DENSE, 4, ROWS);
        everyModel(name, source, EngineRun.Layout.SAMPLE_BY_SAMPLE);
    }

    private static void everyModel(String name, RandomBatches source, EngineRun.Layout layout) {
        try (Engine engine = Engines.byName(name, 1)) {
            for (LossKind loss : LossKind.values()) {
                for (OptimizerKind rule : OptimizerKind.values()) {
                    oneModel(engine, shape(InteractionKind.DOT, false, loss), rule, source, layout);
                    oneModel(engine, shape(InteractionKind.DOT, true, loss), rule, source, layout);
                    oneModel(engine, shape(InteractionKind.CAT, false, loss), rule, source, layout);
                }
            }
        }
    }

    private static void oneModel(
            Engine engine, DlrmShape shape, OptimizerKind kind, RandomBatches source, EngineRun.Layout layout) {
        UpdateRule tableRule = new UpdateRule(kind, EPS);
        UpdateRule denseRule =
                new UpdateRule(kind == OptimizerKind.SGD ? OptimizerKind.SGD : OptimizerKind.ADAGRAD, EPS);
        String what = "%s, %s %s, itself %s, %s"
                .formatted(engine.name(), shape.interaction(), shape.loss(), shape.interactionItself(), kind);
        ReferenceDlrm model = new ReferenceDlrm(shape, denseRule, tableRule);
        initialise(model, shape);
        try (EngineRun run = new EngineRun(engine, shape, denseRule, tableRule, source, layout)) {
            run.copyWeightsOf(model);
            int first = 0;
            for (int size : SIZES) {
                double expected = model.step(samples(source, first, size), LEARNING_RATE);
                double loss = run.step(source, first, size, LEARNING_RATE);
                assertClose(what + ", loss", new float[] {(float) loss}, new double[] {expected});
                assertClose(what + ", gradients", run.dense().gradients().toArray(), model.weightGradients());
                first += size;
            }
            assertClose(what + ", MLPs", run.dense().weights().toArray(), model.weights());
            if (denseRule.kind() != OptimizerKind.SGD) {
                assertClose(what + ", state of MLPs", run.dense().state().toArray(), model.weightState());
            }
            for (int t = 0; t < ROWS.length; t++) {
                assertClose(what + ", table " + t, run.rows(t), model.table(t));
                if (run.table(t).stateWidth() > 0) {
                    assertClose(what + ", state of table " + t, run.state(t), model.tableState(t));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void aPartOfNoSamplesHasNoGradient(String name) {
        DlrmShape shape = shape(InteractionKind.DOT, false, LossKind.BCE);
        UpdateRule rule = new UpdateRule(OptimizerKind.SGD, EPS);
        RandomBatches source = RandomBatches.oneHot(23, SAMPLES, DENSE, ROWS);
        try (Engine engine = Engines.byName(name, 1);
                EngineRun run = new EngineRun(engine, shape, rule, rule, source, EngineRun.Layout.TABLE_BY_TABLE)) {
            run.dense().gradients().fill(7);
            PooledVectors nothing = new PooledVectors(Floats.NONE, Floats.NONE, ROWS.length);
            run.dense().bottomForward(Floats.NONE, 0);
            List<Long> ready = new ArrayList<>();
            assertThat(run.dense().topStep(nothing, Floats.NONE, 0.1f, ready::add))
                    .isZero();
            run.dense().bottomBackward(ready::add);
            assertThat(ready).endsWith(0L);
            assertThat(run.dense().gradients().toArray()).containsOnly(0f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void aSecondRunGivesTheSameBits(String name) {
        DlrmShape shape = shape(InteractionKind.DOT, false, LossKind.BCE);
        UpdateRule denseRule = new UpdateRule(OptimizerKind.ADAGRAD, EPS);
        UpdateRule tableRule = new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, EPS);
        RandomBatches source = RandomBatches.multiHot(24, SAMPLES, DENSE, 3, ROWS);
        ReferenceDlrm model = new ReferenceDlrm(shape, denseRule, tableRule);
        initialise(model, shape);
        List<float[]> weights = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            try (Engine engine = Engines.byName(name, 1);
                    EngineRun run = new EngineRun(
                            engine, shape, denseRule, tableRule, source, EngineRun.Layout.TABLE_BY_TABLE)) {
                run.copyWeightsOf(model);
                run.step(source, 0, 9, LEARNING_RATE);
                run.step(source, 9, 9, LEARNING_RATE);
                weights.add(run.dense().weights().toArray());
                weights.add(run.rows(2));
            }
        }
        assertThat(weights.get(2)).isEqualTo(weights.get(0));
        assertThat(weights.get(3)).isEqualTo(weights.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void givesBackAllMemory(String name) throws Exception {
        DlrmShape shape = shape(InteractionKind.DOT, true, LossKind.MSE);
        UpdateRule rule = new UpdateRule(OptimizerKind.ADAGRAD, EPS);
        RandomBatches source = RandomBatches.oneHot(25, SAMPLES, DENSE, ROWS);
        Leaks.none(() -> {
            try (Engine engine = Engines.byName(name, 1);
                    EngineRun run = new EngineRun(engine, shape, rule, rule, source, EngineRun.Layout.TABLE_BY_TABLE)) {
                run.step(source, 0, SAMPLES, LEARNING_RATE);
            }
        });
    }

    private static DlrmShape shape(InteractionKind interaction, boolean itself, LossKind loss) {
        int features = ROWS.length + 1;
        int pairs = features * (itself ? features + 1 : features - 1) / 2;
        int width = interaction == InteractionKind.CAT ? features * DIM : DIM + pairs;
        List<Long> rows = Arrays.stream(ROWS).boxed().toList();
        return new DlrmShape(DIM, List.of(DENSE, 7, DIM), List.of(width, 9, 4, 1), rows, interaction, itself, loss);
    }

    /// The weights a job starts with, in single precision, so that both models start from the same.
    private static void initialise(ReferenceDlrm model, DlrmShape shape) {
        InitialWeights initial = new InitialWeights(5);
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats flat = memory.floats("flat", model.weights().length);
            initial.dense(shape, flat);
            for (int i = 0; i < flat.length(); i++) {
                model.weights()[i] = flat.get(i);
            }
            for (int t = 0; t < ROWS.length; t++) {
                Floats rows = memory.floats("rows", ROWS[t] * DIM);
                initial.rows(t, ROWS[t], 0, ROWS[t], DIM, rows);
                for (int i = 0; i < rows.length(); i++) {
                    model.table(t)[i] = rows.get(i);
                }
            }
        }
    }

    private static Samples samples(RandomBatches source, int first, int count) {
        boolean[] all = new boolean[ROWS.length];
        Arrays.fill(all, true);
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Batch batch = new Batch(memory, "batch", source.schema(), count, 0, 1, all);
            source.read(first, count, batch);
            return Samples.of(batch, DENSE);
        }
    }

    private static void assertClose(String what, float[] got, double[] want) {
        assertThat(got).as(what).hasSameSizeAs(want);
        for (int i = 0; i < got.length; i++) {
            double tolerance = SINGLE_PRECISION * (1 + Math.abs(want[i]));
            if (!(Math.abs(got[i] - (float) want[i]) < tolerance)) { // a NaN too
                fail("%s [%d]: %s, want %s", what, i, got[i], want[i]);
            }
        }
    }
}
