package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.InitialWeights;
import io.dlrm4j.core.model.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What every engine must pass, whichever module it lives in: the same steps as the double-precision model for
/// every kind of model and update rule, and the recorded runs of the reference implementation.
public final class EngineChecks {
    /// Absolute and relative: single precision over some steps.
    public static final double SINGLE_PRECISION = 1e-5;

    /// Dense features of [#shape].
    public static final int DENSE = 5;
    /// Added to roots by the update rules here.
    public static final float EPS = 1e-10f;

    private static final long[] ROWS = {11, 1, 40};

    private static final int DIM = 6;
    private static final float LEARNING_RATE = 0.05f;
    /// Samples of the steps: the same size twice, an odd one, a single sample.
    private static final int[] SIZES = {9, 9, 4, 1, 9};

    private static final int SAMPLES = 32;

    private EngineChecks() {}

    /// @return rows of the tables of [#shape]
    public static long[] rows() {
        return ROWS.clone();
    }

    /// Five steps of every kind of model, with one id a sample.
    public static void takesTheSameStepsWithOneIdASample(Engine engine) {
        RandomBatches source = RandomBatches.oneHot(21, SAMPLES, DENSE, ROWS);
        everyModel(engine, source, EngineRun.Layout.TABLE_BY_TABLE);
    }

    /// Five steps of every kind of model, with none to four ids a sample.
    public static void takesTheSameStepsWithManyIdsASample(Engine engine) {
        RandomBatches source = RandomBatches.multiHot(22, SAMPLES, DENSE, 4, ROWS);
        everyModel(engine, source, EngineRun.Layout.SAMPLE_BY_SAMPLE);
    }

    /// Five steps of every kind of model, with none to four ids a sample, the tables looked up as a group, as
    /// several ranks do on an engine that offers it.
    public static void takesTheSameStepsInAGroup(Engine engine) {
        RandomBatches source = RandomBatches.multiHot(24, SAMPLES, DENSE, 4, ROWS);
        everyModel(engine, source, EngineRun.Layout.GROUP);
    }

    /// Two steps of one model whose tables are looked up as a group.
    public static void takesTheSameStepsInAGroup(Engine engine, OptimizerKind rule) {
        RandomBatches source = RandomBatches.multiHot(24, SAMPLES, DENSE, 4, ROWS);
        DlrmShape shape = shape(InteractionKind.DOT, false, LossKind.BCE);
        oneModel(engine, shape, rule, source, EngineRun.Layout.GROUP, new int[] {9, 4});
    }

    private static void everyModel(Engine engine, RandomBatches source, EngineRun.Layout layout) {
        for (LossKind loss : LossKind.values()) {
            for (OptimizerKind rule : OptimizerKind.values()) {
                oneModel(engine, shape(InteractionKind.DOT, false, loss), rule, source, layout);
                oneModel(engine, shape(InteractionKind.DOT, true, loss), rule, source, layout);
                oneModel(engine, shape(InteractionKind.CAT, false, loss), rule, source, layout);
            }
        }
    }

    private static void oneModel(
            Engine engine, DlrmShape shape, OptimizerKind kind, RandomBatches source, EngineRun.Layout layout) {
        oneModel(engine, shape, kind, source, layout, SIZES);
    }

    private static void oneModel(
            Engine engine,
            DlrmShape shape,
            OptimizerKind kind,
            RandomBatches source,
            EngineRun.Layout layout,
            int[] sizes) {
        UpdateRule tableRule = new UpdateRule(kind, EPS);
        UpdateRule denseRule = denseRule(kind);
        String what = "%s, %s %s, itself %s, %s"
                .formatted(engine.name(), shape.interaction(), shape.loss(), shape.interactionItself(), kind);
        ReferenceDlrm model = initialised(shape, kind);
        try (EngineRun run = new EngineRun(engine, shape, denseRule, tableRule, source, layout)) {
            run.copyWeightsOf(model);
            int first = 0;
            for (int size : sizes) {
                double expected = model.step(samples(source, first, size), LEARNING_RATE);
                double loss = run.step(source, first, size, LEARNING_RATE);
                assertClose(what + ", loss", new float[] {(float) loss}, new double[] {expected});
                assertClose(what + ", gradients", run.dense().gradients().toArray(), model.weightGradients());
                first += size;
            }
            for (int t = 0; t < ROWS.length; t++) {
                assertClose(what + ", table " + t, run.rows(t), model.table(t));
                if (run.table(t).stateWidth() > 0) {
                    assertClose(what + ", state of table " + t, run.state(t), model.tableState(t));
                }
            }
            assertClose(what + ", MLPs", run.dense().weights().toArray(), model.weights());
            if (denseRule.kind() != OptimizerKind.SGD) {
                assertClose(what + ", state of MLPs", run.dense().state().toArray(), model.weightState());
            }
        }
    }

    /// @param kind rule of the tables
    /// @return the rule of the MLPs that goes with it
    public static UpdateRule denseRule(OptimizerKind kind) {
        return new UpdateRule(kind == OptimizerKind.SGD ? OptimizerKind.SGD : OptimizerKind.ADAGRAD, EPS);
    }

    /// A part of a batch may have no samples.
    public static void aPartOfNoSamplesHasNoGradient(Engine engine) {
        DlrmShape shape = shape(InteractionKind.DOT, false, LossKind.BCE);
        UpdateRule rule = new UpdateRule(OptimizerKind.SGD, EPS);
        RandomBatches source = RandomBatches.oneHot(23, SAMPLES, DENSE, ROWS);
        try (EngineRun run = new EngineRun(engine, shape, rule, rule, source, EngineRun.Layout.TABLE_BY_TABLE)) {
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

    /// @return a small model whose widths are no multiples of anything
    public static DlrmShape shape(InteractionKind interaction, boolean itself, LossKind loss) {
        int features = ROWS.length + 1;
        int pairs = features * (itself ? features + 1 : features - 1) / 2;
        int width = interaction == InteractionKind.CAT ? features * DIM : DIM + pairs;
        List<Long> rows = Arrays.stream(ROWS).boxed().toList();
        return new DlrmShape(DIM, List.of(DENSE, 7, DIM), List.of(width, 9, 4, 1), rows, interaction, itself, loss);
    }

    /// @param kind rule of the tables
    /// @return the model in double precision with the weights a job starts with, in single precision, so that
    ///     both models start from the same
    public static ReferenceDlrm initialised(DlrmShape shape, OptimizerKind kind) {
        ReferenceDlrm model = new ReferenceDlrm(shape, denseRule(kind), new UpdateRule(kind, EPS));
        InitialWeights initial = new InitialWeights(5);
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats flat = memory.floats("flat", model.weights().length);
            initial.dense(shape, flat);
            copy(flat, model.weights());
            int dim = shape.embeddingDim();
            for (int t = 0; t < shape.tables().size(); t++) {
                long count = shape.tables().get(t);
                Floats rows = memory.floats("rows", count * dim);
                initial.rows(t, count, 0, count, dim, rows);
                copy(rows, model.table(t));
            }
        }
        return model;
    }

    private static void copy(Floats from, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = from.get(i);
        }
    }

    /// @return samples `[first, first + count)` of a source
    public static Samples samples(RandomBatches source, int first, int count) {
        boolean[] all = new boolean[source.schema().tables().size()];
        Arrays.fill(all, true);
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Batch batch = new Batch(memory, "batch", source.schema(), count, 0, 1, all);
            source.read(first, count, batch);
            return Samples.of(batch, source.schema().denseFeatures());
        }
    }

    private static void assertClose(String what, float[] got, double[] want) {
        assertClose(what, got, want, SINGLE_PRECISION);
    }

    /// Fails when a value differs by more than `tolerance`, absolute and relative, or is not a number.
    public static void assertClose(String what, float[] got, double[] want, double tolerance) {
        assertThat(got).as(what).hasSameSizeAs(want);
        for (int i = 0; i < got.length; i++) {
            if (!(Math.abs(got[i] - (float) want[i]) < tolerance * (1 + Math.abs(want[i])))) {
                fail("%s [%d]: %s, want %s", what, i, got[i], want[i]);
            }
        }
    }

    /// Replays every recorded run.
    ///
    /// @param golden the folder that holds them
    public static void replaysEveryRecordedRun(Engine engine, Path golden) throws IOException {
        for (GoldenCase recorded : GoldenCase.all(golden)) {
            replay(engine, recorded);
        }
    }

    private static void replay(Engine engine, GoldenCase recorded) throws IOException {
        String name = engine.name() + " " + recorded.name();
        DlrmShape shape = recorded.shape();
        ReferenceDlrm model = recorded.model();
        float[] losses = recorded.floats("loss");
        try (RandomBatches source = recorded.source();
                EngineRun run = new EngineRun(
                        engine,
                        shape,
                        recorded.denseRule(),
                        recorded.tableRule(),
                        source,
                        EngineRun.Layout.TABLE_BY_TABLE)) {
            run.copyWeightsOf(model);
            long first = 0;
            int[] sizes = recorded.batchSizes();
            for (int step = 0; step < losses.length; step++) {
                int size = sizes[step];
                double loss = run.step(source, first, size, (float) recorded.learningRate());
                assertSame(name + " loss of step " + step, new float[] {(float) loss}, new float[] {losses[step]});
                first += size;
            }
            float[] weights = run.dense().weights().toArray();
            for (Parameter parameter : shape.denseParameters()) {
                int from = (int) parameter.offset();
                float[] own = Arrays.copyOfRange(weights, from, from + (int) parameter.count());
                assertSame(name + " " + parameter.name(), own, recorded.floats("final." + parameter.name()));
            }
            for (int t = 0; t < shape.tables().size(); t++) {
                assertSame(name + " table " + t, run.rows(t), recorded.floats("final.emb." + t + ".weight"));
                if (run.table(t).stateWidth() > 0) {
                    assertSame(name + " state " + t, run.state(t), recorded.floats("state.emb." + t + ".weight"));
                }
            }
        }
    }

    private static void assertSame(String what, float[] got, float[] want) {
        double[] wide = new double[want.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = want[i];
        }
        assertClose(what, got, wide);
    }
}
