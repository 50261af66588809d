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
/// First steps that count for nothing, for a given time: compilers, page faults, allocators. Then windows of about
/// 0.4 s, each of the same number of steps, which follows from the pace at the end of the warm-up. A step ends when its
/// loss has been read. Python's twin is in `benchmarks/pytorch/dlrm_peer.py`.
public final class StepWindows {
    private static final double WINDOW_SECONDS = 0.4;
    private static final double NANOS = 1e9;
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
        /// @return one line of JSON, as the harness reads it
        public String json(String ids, int batch, double peakMebibytes) {
            String windows = millis.stream()
                    .map(m -> String.format(Locale.ROOT, "%.5f", m))
                    .collect(Collectors.joining(","));
            return String.format(
                    Locale.ROOT,
                    "{\"ids\":\"%s\",\"batch\":%d,\"steps\":%d,\"millis\":[%s],\"first_loss\":%.6f,\"last_loss\":%.6f,\"peak_mib\":%.0f}",
                    ids,
                    batch,
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
        int next = 0;
        double first = Double.NaN;
        double loss = Double.NaN;
        long chunk = 1;
        double pace = 0;
        for (double spent = 0; agreement.onFirst(spent < warm ? 1 : 0) == 1; ) {
            long start = System.nanoTime();
            for (long i = 0; i < chunk; i++, next = (next + 1) % batches) {
                loss = step.run(next);
                first = Double.isNaN(first) ? loss : first;
            }
            double seconds = (System.nanoTime() - start) / NANOS;
            spent += seconds;
            pace = seconds / chunk;
            chunk = agreement.onFirst(Math.clamp((long) (WINDOW_SECONDS / 2 / pace), 1, 2 * chunk));
        }
        long steps = agreement.onFirst(Math.max(1, Math.round(WINDOW_SECONDS / pace)));
        long windows = agreement.onFirst(Math.max(FEWEST_WINDOWS, Math.round(measure / (steps * pace))));
        List<Double> millis = new ArrayList<>();
        for (long w = 0; w < windows; w++) {
            long start = System.nanoTime();
            for (long i = 0; i < steps; i++, next = (next + 1) % batches) {
                loss = step.run(next);
            }
            millis.add((System.nanoTime() - start) / 1e6 / steps);
        }
        if (!Double.isFinite(loss)) {
            throw new IllegalStateException("loss=%s after the last step, want a number".formatted(loss));
        }
        return new Measured(millis, steps, first, loss);
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
