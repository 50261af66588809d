package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.CudaConfig;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.RowKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.api.Matrix;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.WholeStepRun;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows in bfloat16 without a float copy, rounded at random: right on average, and the same again from the same
/// seed, step and checkpoint. How the numbers are drawn is checked in `kernels_test.cpp`.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RoundedRowsTest {
    private static final DlrmShape SHAPE = EngineChecks.shape(InteractionKind.DOT, false, LossKind.BCE);
    private static final float RATE = 0.05f;
    private static final int STEPS = 8;

    @RegisterExtension
    final OnStandIn standIn = new OnStandIn();

    private CudaEngine engine(Precision precision, long seed) {
        return standIn.open(precision, Matrix.Type.BF16, seed);
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void takesTheSameStepsToItsPrecision(OptimizerKind rule) {
        RandomBatches source = RandomBatches.multiHot(51, 32, EngineChecks.DENSE, 4, EngineChecks.rows());
        for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
            try (CudaEngine engine = engine(precision, 1);
                    WholeStepRun run = new WholeStepRun(engine, SHAPE, rule, source)) {
                run.train(new int[] {9, 9, 4, 1, 9}, RATE, 2e-2);
                if (rule != OptimizerKind.ADAGRAD) { // a weight's first step is by its gradient's sign, however small
                    run.compareWeights(2e-2);
                }
            }
        }
    }

    /// Two samples a step: a sum of two floats is the same in any order, so that only the rounding is random.
    private float[] train(long seed, int from, int to, float[] start) {
        RandomBatches source = RandomBatches.oneHot(52, 2 * STEPS, EngineChecks.DENSE, EngineChecks.rows());
        try (CudaEngine engine = engine(Precision.FP32, seed);
                WholeStepRun run = new WholeStepRun(engine, SHAPE, OptimizerKind.ROW_WISE_ADAGRAD, source)) {
            if (start.length > 0) {
                run.restore(start);
            }
            for (int step = from; step < to; step++) {
                engine.atStep(step);
                run.step().start(run.batch(step, 2 * step, 2), RATE);
                run.step().finish();
            }
            return run.snapshot();
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        float[] once = train(7, 0, STEPS, new float[0]);
        standIn.set("seed", 3); // another order of work
        assertThat(train(7, 0, STEPS, new float[0])).containsExactly(once);
        assertThat(train(8, 0, STEPS, new float[0])).isNotEqualTo(once);
    }

    @Test
    void aResumedRunRoundsAsIfItHadNeverStopped() {
        float[] whole = train(7, 0, STEPS, new float[0]);
        float[] half = train(7, 0, STEPS / 2, new float[0]);
        assertThat(train(7, STEPS / 2, STEPS, half)).containsExactly(whole);
    }

    @Test
    void pieceByPieceDrawsTheSameAsInOnePiece() {
        float[] rows = {1.003f, -2.01f, 0.77f, 3.3f};
        List<float[]> moved = new ArrayList<>();
        for (int step : new int[] {3, 3, 4}) {
            try (CudaEngine engine = engine(Precision.FP32, 7);
                    OffHeap memory = OffHeap.unlimited("test");
                    EmbeddingTable table =
                            engine.table("table 0", 1, 4, 1, 1, new UpdateRule(OptimizerKind.SGD, 0), memory)) {
                table.writeWeights(0, 1, Floats.of(memory, "rows", rows));
                Bags bags = new Bags(Ints.of(memory, "ids", 0), null);
                bags.count(1);
                engine.atStep(step);
                table.update(bags, Floats.of(memory, "gradients", 1, 2, 3, 4), 0, 4, 1e-3f);
                Floats out = memory.floats("out", 4);
                table.readWeights(0, 1, out);
                moved.add(out.toArray());
            }
        }
        assertThat(moved.get(1)).containsExactly(moved.get(0));
        assertThat(moved.get(2)).isNotEqualTo(moved.get(0));
    }

    @Test
    void rowsTakeHalfTheMemory() {
        try (CudaEngine halves = engine(Precision.FP32, 7);
                OffHeap memory = OffHeap.unlimited("test")) {
            long before = standIn.count("bytes");
            UpdateRule rule = new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 0);
            try (EmbeddingTable table = halves.table("table 0", 1000, 8, 1, 1, rule, memory)) {
                assertThat(standIn.count("bytes") - before).isEqualTo(1000 * (8 * 2 + 4 + 4));
                assertThat(table.rows()).isEqualTo(1000);
            }
        }
    }

    @Test
    void theConfigurationChoosesThem() {
        CudaConfig.Builder cuda = CudaConfig.newBuilder()
                .setPath(standIn.folder().toString())
                .setCache(standIn.folder().resolve("kernels").toString())
                .setRows(RowKind.BFLOAT16);
        try (Engine engine = new CudaEngineProvider()
                .create(JobConfig.newBuilder().setCuda(cuda).build())) {
            assertThat(engine.description()).contains("FP32 with bfloat16 rows");
        }
    }

    @Test
    void aFloatGoesToTheNearestRowValue() {
        assertThat(Staging.bfloat16(1f)).isEqualTo((short) 0x3f80);
        assertThat(Staging.bfloat16(1f + 1f / 256))
                .as("half way, to the even one")
                .isEqualTo((short) 0x3f80);
        assertThat(Staging.bfloat16(1f + 3f / 256)).isEqualTo((short) 0x3f82);
        assertThat(Staging.bfloat16(-1.01f)).isEqualTo((short) 0xbf81);
        assertThat(Staging.bfloat16(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7f80);
        assertThat(Staging.bfloat16(Float.intBitsToFloat(0x7f800001))).isEqualTo((short) 0x7fc0);
    }
}
