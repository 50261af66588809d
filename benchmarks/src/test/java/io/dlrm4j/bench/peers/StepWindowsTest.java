package io.dlrm4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepWindowsTest {
    @Test
    void batchesTakeTurnsAndEveryStepIsCounted() {
        List<Integer> seen = new ArrayList<>();
        StepWindows.Measured measured = StepWindows.measure(
                3,
                batch -> {
                    seen.add(batch);
                    pause();
                    return seen.size();
                },
                0,
                0,
                mine -> mine);
        for (int i = 0; i < seen.size(); i++) {
            assertThat(seen.get(i)).isEqualTo(i % 3);
        }
        assertThat(measured.millis()).hasSize(3);
        assertThat(seen).hasSize((int) (1 + 3 * measured.steps()));
        assertThat(measured.firstLoss()).isEqualTo(1);
        assertThat(measured.lastLoss()).isEqualTo(seen.size());
    }

    @Test
    void theFirstProcessSaysHowManySteps() {
        int[] steps = {0};
        long[] answers = {5, 0, 4, 2}; // next chunk, no more warm-up, steps, windows
        int[] asked = {0};
        StepWindows.Measured measured =
                StepWindows.measure(1, batch -> steps[0]++, 0, 100, mine -> answers[asked[0]++]);
        assertThat(measured.millis()).hasSize(2);
        assertThat(steps[0]).isEqualTo(1 + 2 * 4);
    }

    @Test
    void aLossThatIsNoNumberIsNoMeasurement() {
        assertThatThrownBy(() -> StepWindows.measure(
                        1,
                        batch -> {
                            pause();
                            return Double.NaN;
                        },
                        0,
                        0,
                        mine -> mine))
                .hasMessage("loss=NaN after the last step, want a number");
    }

    @Test
    void writesWhatTheHarnessReads() {
        StepWindows.Measured measured = new StepWindows.Measured(List.of(1.5, 2.0), 7, 0.7, 0.5);
        assertThat(measured.json("zipf", 128, "products alone", 99.6))
                .isEqualTo(
                        "{\"ids\":\"zipf\",\"batch\":128,\"part\":\"products alone\",\"steps\":7,\"millis\":[1.50000,2.00000],"
                                + "\"first_loss\":0.700000,\"last_loss\":0.500000,\"peak_mib\":100}");
    }

    private static void pause() {
        try {
            Thread.sleep(20); // long steps, so that a window is few of them
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
