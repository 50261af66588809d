package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.cuda.api.CudaException;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.StandIn;
import io.dlrm4j.testkit.WholeStepRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The tests of the step can fail: every wait between streams that is left out, and a wrong epilogue, are
/// noticed.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PlantedFaultsTest {
    /// A missing wait is noticed when the random order happens to need it.
    private static final int SEEDS = 12;

    private static final int[] SIZES = {9, 9, 9};

    private StandIn standIn;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        standIn = StandIn.required();
    }

    @AfterEach
    void reset() {
        if (standIn != null) {
            standIn.reset();
        }
    }

    /// @return whether the step differs from the double-precision model, or is refused by the driver
    private boolean isNoticed() {
        RandomBatches source = RandomBatches.multiHot(41, 32, EngineChecks.DENSE, 3, EngineChecks.rows());
        try (CudaEngine engine = StandInEngine.open(standIn, Precision.FP32);
                WholeStepRun small = new WholeStepRun(
                        engine,
                        EngineChecks.shape(InteractionKind.DOT, false, LossKind.BCE),
                        OptimizerKind.SGD,
                        source)) {
            small.train(SIZES, 0.5f, EngineChecks.SINGLE_PRECISION);
            small.compareLogits(3, 9);
            small.compareWeights(EngineChecks.SINGLE_PRECISION);
            return false;
        } catch (AssertionError | CudaException | IllegalArgumentException noticed) {
            return true;
        }
    }

    @Test
    void everyMissingWaitIsNoticed() {
        standIn.set("drop_wait", 0);
        assertThat(isNoticed()).as("without a fault").isFalse();
        long waits = standIn.count("waits");
        List<Long> missed = new ArrayList<>();
        for (long wait = 1; wait <= waits; wait++) {
            boolean noticed = false;
            for (int seed = 1; seed <= SEEDS && !noticed; seed++) {
                standIn.set("seed", seed);
                standIn.set("drop_wait", wait);
                noticed = isNoticed();
            }
            if (!noticed) {
                missed.add(wait);
            }
        }
        assertThat(waits).isGreaterThan(10);
        assertThat(missed)
                .as("of %d waits these could be left out unnoticed", waits)
                .isEmpty();
    }

    @Test
    void aMaskThatIsNotAppliedIsNoticed() {
        standIn.set("no_mask", 1);
        assertThat(isNoticed()).isTrue();
    }
}
