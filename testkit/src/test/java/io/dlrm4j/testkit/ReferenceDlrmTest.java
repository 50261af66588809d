package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceDlrmTest {
    private static final long[] ROWS = {5, 3, 7};
    private static final int DENSE = 4;
    private static final int DIM = 3;
    /// Error of central differences of step 1e-5 in double precision, with a margin of ten.
    private static final double DIFFERENCES = 1e-8;

    private static final UpdateRule SGD = new UpdateRule(OptimizerKind.SGD, 0);

    @ParameterizedTest
    @CsvSource({"DOT,false,BCE", "DOT,true,BCE", "CAT,false,BCE", "DOT,false,MSE", "DOT,true,MSE", "CAT,false,MSE"})
    void gradientsAreThoseOfFiniteDifferences(InteractionKind interaction, boolean itself, LossKind loss) {
        ReferenceDlrm model = model(shape(interaction, itself, loss), SGD, SGD);
        Samples samples = samples(RandomBatches.multiHot(11, 6, DENSE, 3, ROWS), 6);
        model.loss(samples);
        model.backward(samples);
        assertThat(GradientCheck.worstError(
                        () -> model.loss(samples),
                        model.weights(),
                        model.weightGradients().clone()))
                .isLessThan(DIFFERENCES);
        for (int t = 0; t < ROWS.length; t++) {
            double[] gradient = model.tableGradients(t).clone();
            assertThat(IntStream.range(0, gradient.length).anyMatch(i -> gradient[i] != 0))
                    .isTrue();
            assertThat(GradientCheck.worstError(() -> model.loss(samples), model.table(t), gradient))
                    .isLessThan(DIFFERENCES);
        }
    }

    @Test
    void aRowsGradientIsTheSumOfItsBags() {
        ReferenceDlrm model = model(shape(InteractionKind.DOT, false, LossKind.BCE), SGD, SGD);
        Samples samples = samples(RandomBatches.oneHot(3, 6, DENSE, ROWS), 6);
        model.loss(samples);
        model.backward(samples);
        double[] sums = new double[(int) ROWS[1] * DIM];
        for (int s = 0; s < 6; s++) {
            int row = samples.ids()[1][s][0];
            for (int k = 0; k < DIM; k++) {
                sums[row * DIM + k] += model.pooledGradient(1, s)[k];
            }
        }
        assertThat(model.tableGradients(1)).containsExactly(sums, within(1e-15));
    }

    @Test
    void rowsNobodyLooksUpDoNotMove() {
        for (OptimizerKind kind : OptimizerKind.values()) {
            ReferenceDlrm model =
                    model(shape(InteractionKind.DOT, false, LossKind.BCE), SGD, new UpdateRule(kind, 1e-10f));
            Samples samples = samples(RandomBatches.oneHot(3, 1, DENSE, ROWS), 1);
            double[] before = model.table(2).clone();
            model.step(samples, 0.1);
            int row = samples.ids()[2][0][0];
            for (int i = 0; i < before.length; i++) {
                assertThat(model.table(2)[i] != before[i])
                        .as("%s, float %d", kind, i)
                        .isEqualTo(i / DIM == row);
            }
        }
    }

    @Test
    void learnsTheSameSamplesByHeart() {
        ReferenceDlrm model = model(
                shape(InteractionKind.DOT, false, LossKind.BCE),
                new UpdateRule(OptimizerKind.ADAGRAD, 1e-10f),
                new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 1e-10f));
        Samples samples = samples(RandomBatches.multiHot(5, 12, DENSE, 2, ROWS), 12);
        double first = model.step(samples, 0.05);
        double last = 0;
        for (int step = 0; step < 300; step++) {
            last = model.step(samples, 0.05);
        }
        assertThat(last).isLessThan(first / 2);
    }

    private static DlrmShape shape(InteractionKind interaction, boolean itself, LossKind loss) {
        int features = ROWS.length + 1;
        int width = interaction == InteractionKind.CAT
                ? features * DIM
                : DIM + features * (itself ? features + 1 : features - 1) / 2;
        List<Long> rows = new ArrayList<>();
        for (long r : ROWS) {
            rows.add(r);
        }
        return new DlrmShape(DIM, List.of(DENSE, 5, DIM), List.of(width, 4, 1), rows, interaction, itself, loss);
    }

    /// Random weights, far enough from the corners of ReLU that differences of 1e-5 do not cross them.
    private static ReferenceDlrm model(DlrmShape shape, UpdateRule denseRule, UpdateRule tableRule) {
        ReferenceDlrm model = new ReferenceDlrm(shape, denseRule, tableRule);
        SplittableRandom random = new SplittableRandom(42);
        fill(random, model.weights());
        for (int t = 0; t < ROWS.length; t++) {
            fill(random, model.table(t));
        }
        return model;
    }

    private static void fill(SplittableRandom random, double[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextDouble(-0.4, 0.8);
        }
    }

    private static Samples samples(RandomBatches source, int count) {
        boolean[] all = new boolean[ROWS.length];
        Arrays.fill(all, true);
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Batch batch = new Batch(memory, "batch", source.schema(), count, 0, 1, all);
            source.read(0, count, batch);
            return Samples.of(batch, DENSE);
        }
    }
}
