package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.cuda.api.CudaException;
import io.dlrm4j.testkit.EngineChecks;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.testkit.WholeStepRun;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The tests of the step can fail: every wait between streams that is left out, and a wrong epilogue, are
/// noticed.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PlantedFaultsTest {
    /// A missing wait is noticed when the random order happens to need it.
    private static final int SEEDS = 12;

    private static final int[] SIZES = {9, 9, 9};

    @RegisterExtension
    final OnStandIn standIn = new OnStandIn();

    /// The same for a step whose tables are looked up as a group, as several ranks do.
    private boolean isNoticedInAGroup() {
        try (CudaEngine engine = standIn.open(Precision.FP32)) {
            EngineChecks.takesTheSameStepsInAGroup(engine, OptimizerKind.ROW_WISE_ADAGRAD);
            return false;
        } catch (AssertionError | CudaException | IllegalArgumentException noticed) {
            return true;
        }
    }

    /// @return whether the step differs from the double-precision model, or is refused by the driver
    private boolean isNoticed() {
        RandomBatches source = RandomBatches.multiHot(41, 32, EngineChecks.DENSE, 3, EngineChecks.rows());
        try (CudaEngine engine = standIn.open(Precision.FP32);
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
        everyMissingWaitIsNoticed(this::isNoticed);
    }

    @Test
    void everyMissingWaitIsNoticedInAGroup() {
        everyMissingWaitIsNoticed(this::isNoticedInAGroup);
    }

    private void everyMissingWaitIsNoticed(BooleanSupplier isNoticed) {
        standIn.set("drop_wait", 0);
        assertThat(isNoticed.getAsBoolean()).as("without a fault").isFalse();
        long waits = standIn.count("waits");
        List<Long> missed = new ArrayList<>();
        for (long wait = 1; wait <= waits; wait++) {
            boolean noticed = false;
            for (int seed = 1; seed <= SEEDS && !noticed; seed++) {
                standIn.set("seed", seed);
                standIn.set("drop_wait", wait);
                noticed = isNoticed.getAsBoolean();
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
