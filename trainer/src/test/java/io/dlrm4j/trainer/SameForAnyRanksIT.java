package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.report.TrainReport;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// N ranks do what one rank does: batches of 17, 16 and (at the end of an epoch) 16 samples on up to six ranks, four
/// tables, bags of none to three ids.
class SameForAnyRanksIT {
    /// Relative: losses are means of 17 single-precision terms; gradients of ranks are summed in another order.
    private static final double LOSS_TOLERANCE = 1e-6;

    /// Absolute and relative, weights and state: thirty updates of the above.
    private static final float WEIGHT_TOLERANCE = 5e-6f;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void anyNumberOfRanksGivesTheSameLossesAndWeights(OptimizerKind kind) {
        SmallJob.Result one = run(1, SmallJob.config(kind), "one");
        for (int ranks : new int[] {2, 3, 4, 6}) {
            assertSame(ranks, run(ranks, SmallJob.config(kind), "ranks-" + ranks), one);
        }
    }

    @ParameterizedTest
    @CsvSource({"ROW_WISE", "TABLE_ROW_WISE", "COLUMN_WISE", "DATA_PARALLEL", "MIXED"})
    void tablesMayLieAnywhere(SmallJob.Spread spread) {
        for (OptimizerKind kind : OptimizerKind.values()) {
            SmallJob.Result one = run(1, SmallJob.config(kind), "one-" + kind);
            for (int ranks : new int[] {2, 3, 6}) {
                String name = "ranks-%d-%s".formatted(ranks, kind);
                assertSame(ranks, run(ranks, spread.in(SmallJob.config(kind)), name), one);
            }
            SmallJob.Result first = run(3, spread.in(SmallJob.config(kind)), "first-" + kind);
            assertThat(run(3, spread.in(SmallJob.config(kind)), "again-" + kind).losses())
                    .isEqualTo(first.losses());
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void aBatchMayHaveFewerSamplesThanThereAreRanks(OptimizerKind kind) {
        JobConfig.Builder config = SmallJob.config(kind);
        config.getDataBuilder().setBatchSize(2).setEvaluationBatchSize(3);
        config.getTrainBuilder().setMaxSteps(30);

        SmallJob.Result one = run(1, config.clone(), "one");

        assertSame(4, run(4, config, "four"), one);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4"})
    void theSameNumberOfRanksTwiceGivesTheSameBits(int ranks) {
        SmallJob.Result first = run(ranks, SmallJob.config(OptimizerKind.ADAGRAD), "first");
        SmallJob.Result second = run(ranks, SmallJob.config(OptimizerKind.ADAGRAD), "second");

        assertThat(second.losses()).isEqualTo(first.losses());
        first.weights()
                .forEach((name, weights) ->
                        assertThat(second.weights(name)).as(name).containsExactly(weights));
    }

    private SmallJob.Result run(int ranks, JobConfig.Builder config, String name) {
        config.getCheckpointBuilder().setPath(folder.resolve(name).toString());
        return SmallJob.run(ranks, config.build());
    }

    private static void assertSame(int ranks, SmallJob.Result got, SmallJob.Result one) {
        assertThat(got.losses()).hasSameSizeAs(one.losses());
        for (int step = 0; step < one.losses().size(); step++) {
            assertThat(got.losses().get(step))
                    .as("loss of step %d on %d ranks", step, ranks)
                    .isCloseTo(one.losses().get(step), Percentage.withPercentage(100 * LOSS_TOLERANCE));
        }
        for (Map.Entry<String, float[]> want : one.weights().entrySet()) {
            assertClose("%s on %d ranks".formatted(want.getKey(), ranks), got.weights(want.getKey()), want.getValue());
        }
        for (TrainReport report : got.reports().values()) {
            assertThat(report.quality()).isEqualTo(got.quality());
        }
        assertThat(got.quality().samples()).isEqualTo(SmallJob.EVALUATION_SAMPLES);
        assertThat(got.quality().logLoss()).isCloseTo(one.quality().logLoss(), within(1e-6));
    }

    static void assertClose(String what, float[] got, float[] want) {
        assertThat(got).as(what).hasSameSizeAs(want);
        for (int i = 0; i < want.length; i++) {
            assertThat(got[i])
                    .as("%s [%d]", what, i)
                    .isCloseTo(want[i], within(WEIGHT_TOLERANCE * (1 + Math.abs(want[i]))));
        }
    }
}
