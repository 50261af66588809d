package io.dlrm4j.launch.screen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ScreenTest {
    private final StringWriter written = new StringWriter();
    private final AtomicLong clock = new AtomicLong(1);

    private Screen screen(boolean terminal) {
        return new Screen(new PrintWriter(written), terminal, clock::get);
    }

    @Test
    void elsewhereThanOnATerminalALineIsWrittenEveryTenSeconds() {
        try (Screen screen = screen(false)) {
            for (int step = 1; step <= 25; step++) {
                clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
                screen.progress("training", step, 25, "loss 0.5");
            }
        }

        assertThat(written.toString().lines())
                .containsExactly(
                        "training 1 of 25: loss 0.5",
                        "training 11 of 25: loss 0.5",
                        "training 21 of 25: loss 0.5",
                        "training 25 of 25: loss 0.5");
    }

    @Test
    void onATerminalLogLinesStandAboveTheProgressLine() {
        try (Screen screen = screen(true)) {
            screen.progress("training", 1, 25, "loss 0.5");
            screen.endProgress();
            screen.line("[rank 0] hello");
        }

        assertThat(written.toString())
                .contains("training")
                .contains("loss 0.5")
                .endsWith(System.lineSeparator() + "[rank 0] hello" + System.lineSeparator());
    }

    @Test
    void tableValuesStandInOneColumn() {
        String table =
                new ResultTable().row("AUC", "0.75").row("log loss", "0.5").print();

        assertThat(table).isEqualTo("AUC       0.75\nlog loss  0.5\n");
    }
}
