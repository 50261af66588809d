package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.CudaConfig;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.WholeStepRun;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The whole step as one graph takes the steps of the double-precision model, on the stand-in.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CudaStepTest {
    private static final int[] SIZES = {9, 9, 4, 1, 9};
    private static final float RATE = 0.05f;

    @RegisterExtension
    final OnStandIn standIn = new OnStandIn();

    private static RandomBatches oneHot() {
        return RandomBatches.oneHot(31, 32, EngineChecks.DENSE, EngineChecks.rows());
    }

    private static RandomBatches multiHot() {
        return RandomBatches.multiHot(32, 32, EngineChecks.DENSE, 4, EngineChecks.rows());
    }

    private static DlrmShape shape() {
        return EngineChecks.shape(InteractionKind.DOT, false, LossKind.BCE);
    }

    private void train(
            Precision precision, DlrmShape shape, OptimizerKind rule, RandomBatches source, double tolerance) {
        try (CudaEngine engine = standIn.open(precision);
                WholeStepRun small = new WholeStepRun(engine, shape, rule, source)) {
            small.train(SIZES, RATE, tolerance);
            small.compareWeights(tolerance);
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void takesTheSameStepsWithEveryUpdateRule(OptimizerKind rule) {
        for (int seed = 1; seed <= 3; seed++) {
            standIn.set("seed", seed);
            train(Precision.FP32, shape(), rule, oneHot(), EngineChecks.SINGLE_PRECISION);
            train(Precision.FP32, shape(), rule, multiHot(), EngineChecks.SINGLE_PRECISION);
        }
    }

    @ParameterizedTest
    @EnumSource(LossKind.class)
    void takesTheSameStepsWithEveryInteractionAndLoss(LossKind loss) {
        OptimizerKind rule = OptimizerKind.ROW_WISE_ADAGRAD;
        for (InteractionKind interaction : InteractionKind.values()) {
            DlrmShape shape = EngineChecks.shape(interaction, interaction == InteractionKind.DOT, loss);
            train(Precision.FP32, shape, rule, multiHot(), EngineChecks.SINGLE_PRECISION);
        }
    }

    @Test
    void takesTheSameStepsWhereNothingIsFused() {
        standIn.set("no_fusion", 1);
        train(Precision.FP32, shape(), OptimizerKind.ADAGRAD, oneHot(), EngineChecks.SINGLE_PRECISION);
    }

    @Test
    void takesTheSameStepsCallByCall() {
        CudaConfig.Builder cuda = CudaConfig.newBuilder()
                .setPath(standIn.folder().toString())
                .setCache(standIn.folder().resolve("kernels").toString())
                .setGraphs(false);
        JobConfig config = JobConfig.newBuilder().setCuda(cuda).build();
        try (Engine engine = new CudaEngineProvider().create(config);
                WholeStepRun small = new WholeStepRun(engine, shape(), OptimizerKind.ADAGRAD, multiHot())) {
            small.train(SIZES, RATE, EngineChecks.SINGLE_PRECISION);
            small.compareWeights(EngineChecks.SINGLE_PRECISION);
            small.compareLogits(3, 9);
        }
    }

    @Test
    void takesTheSameStepsWithoutHiddenLayersOrTables() {
        DlrmShape logistic = new DlrmShape(
                6, List.of(5, 6), List.of(12, 1), List.of(11L, 1L, 40L), InteractionKind.DOT, false, LossKind.BCE);
        train(Precision.FP32, logistic, OptimizerKind.SGD, oneHot(), EngineChecks.SINGLE_PRECISION);
        DlrmShape alone = new DlrmShape(
                4, List.of(5, 8, 4), List.of(4, 8, 1), List.of(), InteractionKind.DOT, false, LossKind.BCE);
        train(Precision.FP32, alone, OptimizerKind.SGD, RandomBatches.oneHot(33, 32, 5), EngineChecks.SINGLE_PRECISION);
    }

    @Test
    void roundsMoreWithTf32AndBf16() {
        train(Precision.TF32, shape(), OptimizerKind.SGD, oneHot(), 2e-3);
        train(Precision.BF16, shape(), OptimizerKind.SGD, oneHot(), 2e-2);
        train(Precision.BF16, shape(), OptimizerKind.SGD, multiHot(), 2e-2);
        assertThatThrownBy(() -> train(Precision.BF16, shape(), OptimizerKind.SGD, oneHot(), 1e-6))
                .as("bfloat16 is used")
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void goesForwardWithoutMovingAWeight() {
        try (CudaEngine engine = standIn.open(Precision.FP32);
                WholeStepRun small = new WholeStepRun(engine, shape(), OptimizerKind.SGD, oneHot())) {
            small.train(new int[] {9, 9}, RATE, EngineChecks.SINGLE_PRECISION);
            small.compareLogits(18, 7);
            small.compareWeights(EngineChecks.SINGLE_PRECISION);
        }
    }

    @Test
    void aBadBatchIsNamedAndMovesNothing() {
        try (CudaEngine engine = standIn.open(Precision.FP32);
                WholeStepRun small = new WholeStepRun(engine, shape(), OptimizerKind.ADAGRAD, oneHot())) {
            Batch bad = small.batch(0, 0, 9);
            bad.bags(2).ids().set(5, 40);
            small.step().start(bad, RATE);
            assertThatThrownBy(() -> small.step().finish())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("table 2: sample 5 of the batch has id 40, want 0 to 39 (40 rows)");
            small.compareWeights(1e-30);
            small.train(SIZES, RATE, EngineChecks.SINGLE_PRECISION);
            small.compareWeights(EngineChecks.SINGLE_PRECISION);
        }
    }

    @Test
    void aWeightThatIsNotANumberIsNotHiddenByAReLU() {
        try (CudaEngine engine = standIn.open(Precision.FP32);
                WholeStepRun small = new WholeStepRun(engine, shape(), OptimizerKind.SGD, oneHot())) {
            small.dense().weights().set(0, Float.NaN);
            small.dense().weightsChanged();
            small.step().start(small.batch(0, 0, 9), RATE);
            assertThat(small.step().finish()).isNaN();
        }
    }

    @Test
    void aRowThatIsNotANumberIsFound() {
        try (CudaEngine engine = standIn.open(Precision.FP32);
                WholeStepRun small = new WholeStepRun(engine, shape(), OptimizerKind.SGD, oneHot())) {
            Floats row = small.step().forward(small.batch(0, 0, 6)).slice(0, 6);
            row.fill(Float.POSITIVE_INFINITY);
            small.tables().get(1).writeWeights(0, 1, row); // the table of one row, which every sample looks up
            small.step().start(small.batch(0, 0, 9), RATE);
            assertThat(small.step().finish()).isNaN();
            assertThat(small.step().forward(small.batch(0, 0, 9)).get(3)).isNaN();
        }
    }

    @Test
    void refusesAThirdStepUnderWay() {
        try (CudaEngine engine = standIn.open(Precision.FP32);
                WholeStepRun small = new WholeStepRun(engine, shape(), OptimizerKind.SGD, oneHot())) {
            small.step().start(small.batch(0, 0, 9), RATE);
            small.step().start(small.batch(1, 9, 9), RATE);
            assertThatThrownBy(() -> small.step().start(small.batch(0, 18, 9), RATE))
                    .hasMessage("the step: 2 are under way, want finish first");
            small.step().finish();
            small.step().finish();
            assertThatThrownBy(() -> small.step().finish()).hasMessage("the step: finish without start");
        }
    }
}
