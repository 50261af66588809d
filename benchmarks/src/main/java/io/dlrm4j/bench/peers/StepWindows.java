package io.dlrm4j.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The rule by which every side is timed.
///
/// A process first trains for a given time on every batch size ([#start]): compilers, page faults, allocators. Each
/// measurement then begins with steps that count for nothing, for a given time, and goes on with windows of about
/// 0.4 s, each of the same number of steps, which follows from the pace before. A step ends when its loss has been
/// read.
/// Python's twin is in `benchmarks/pytorch/dlrm_peer.py`.
public final class StepWindows {
    private static final double WINDOW_SECONDS = 0.4;
    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;
    private static final int FEWEST_WINDOWS = 3;

    private StepWindows() {}

    /// Trains on one batch.
    @FunctionalInterface
    public interface Step {
        /// @param batch number of the batch
        /// @return its mean loss
        double run(int batch);
    }

    /// Makes several processes take the same number of steps.
    @FunctionalInterface
    public interface Agreement {
        /// @return what the first process gave
        long onFirst(long mine);
    }

    /// @param millis of one step, for each window
    /// @param steps in each window
    /// @param firstLoss of the first warm-up step
    /// @param lastLoss of the last step
    public record Measured(List<Double> millis, long steps, double firstLoss, double lastLoss) {
        /// @param part of the step that was measured; empty: all of it
        /// @return one line of JSON, as the harness reads it
        public String json(String ids, int batch, String part, double peakMebibytes) {
            String windows = millis.stream()
                    .map(m -> String.format(Locale.ROOT, "%.5f", m))
                    .collect(Collectors.joining(","));
            return String.format(
                    Locale.ROOT,
                    "{\"ids\":\"%s\",\"batch\":%d,\"part\":\"%s\",\"steps\":%d,\"millis\":[%s],"
                            + "\"first_loss\":%.6f,\"last_loss\":%.6f,\"peak_mib\":%.0f}",
                    ids,
                    batch,
                    part,
                    steps,
                    windows,
                    firstLoss,
                    lastLoss,
                    peakMebibytes);
        }
    }

    /// @param batches how many different batches there are, taken in turn
    /// @param agreement of the processes of this side; `mine -> mine` for one
    /// @throws IllegalStateException when the loss is no number
    public static Measured measure(int batches, Step step, double warm, double measure, Agreement agreement) {
        Loop loop = new Loop(batches, step, agreement);
        double pace = loop.warm(warm);
        long steps = agreement.onFirst(Math.max(1, Math.round(WINDOW_SECONDS / pace)));
        long windows = agreement.onFirst(Math.max(FEWEST_WINDOWS, Math.round(measure / (steps * pace))));
        List<Double> millis = new ArrayList<>();
        for (long w = 0; w < windows; w++) {
            millis.add(loop.run(steps) * MILLIS / steps);
        }
        if (!Double.isFinite(loop.loss)) {
            throw new IllegalStateException("loss=%s after the last step, want a number".formatted(loop.loss));
        }
        return new Measured(millis, steps, loop.first, loop.loss);
    }

    /// Trains without timing: what a process does at its start with every batch size.
    ///
    /// @param seconds at least one step, whatever they are
    public static void start(int batches, Step step, double seconds, Agreement agreement) {
        new Loop(batches, step, agreement).warm(seconds);
    }

    private static final class Loop {
        private final int batches;
        private final Step step;
        private final Agreement agreement;
        private int next;
        private double first = Double.NaN;
        private double loss = Double.NaN;

        Loop(int batches, Step step, Agreement agreement) {
            this.batches = batches;
            this.step = step;
            this.agreement = agreement;
        }

        /// @return seconds of a step at the end
        double warm(double seconds) {
            double pace;
            double spent = 0;
            long chunk = 1;
            do {
                double took = run(chunk);
                spent += took;
                pace = took / chunk;
                chunk = agreement.onFirst(Math.clamp((long) (WINDOW_SECONDS / 2 / pace), 1, 2 * chunk));
            } while (agreement.onFirst(spent < seconds ? 1 : 0) == 1);
            return pace;
        }

        /// @return seconds of all steps
        double run(long steps) {
            long start = System.nanoTime();
            for (long i = 0; i < steps; i++, next = (next + 1) % batches) {
                loss = step.run(next);
                first = Double.isNaN(first) ? loss : first;
            }
            return (System.nanoTime() - start) / NANOS;
        }
    }

    /// @return the most memory this process ever had, in MiB
    public static double peakMebibytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Double.parseDouble(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IOException("/proc/self/status: no line VmHWM, want the peak of the resident memory");
    }
}
