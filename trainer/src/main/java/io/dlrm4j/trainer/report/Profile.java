package io.dlrm4j.trainer.report;

import io.dlrm4j.core.engine.StepPhase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Where the time of a step went, over all ranks.
///
/// @param steps that were counted
/// @param ranks of the job
/// @param rows one for each phase, in their order; their shares add up to 1
/// @param step the whole step
/// @param reader reading and distributing the next batch, which goes on at the same time on a thread of its own
/// @param bytes that go from rank to rank
public record Profile(long steps, int ranks, List<Row> rows, Row step, Row reader, Bytes bytes) {
    private static final double NANOS_IN_MILLI = 1e6;

    /// One phase.
    ///
    /// @param millis of a step, mean over ranks
    /// @param share of the step
    /// @param maxMillis of a step on the rank where it takes longest
    public record Row(String name, double millis, double share, double maxMillis) {}

    /// Bytes of one rank that other ranks get in a step, mean over ranks.
    ///
    /// @param forward pooled vectors
    /// @param backward their gradients, and those of data-parallel tables
    /// @param allReduce gradients of the MLPs
    public record Bytes(double forward, double backward, double allReduce) {}

    /// @param steps that were counted
    /// @param phaseNanos sums over these steps, `[rank][phase]`
    /// @param readNanos sums of the reader, `[rank]`
    /// @param bytes that go from rank to rank
    public static Profile of(long steps, long[][] phaseNanos, long[] readNanos, Bytes bytes) {
        int ranks = phaseNanos.length;
        long[] whole = new long[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            for (long nanos : phaseNanos[rank]) {
                whole[rank] += nanos;
            }
        }
        Row step = row("step", steps, whole, 0);
        List<Row> rows = new ArrayList<>();
        StepPhase[] phases = StepPhase.values();
        for (int phase = 0; phase < phases.length; phase++) {
            long[] nanos = new long[ranks];
            for (int rank = 0; rank < ranks; rank++) {
                nanos[rank] = phaseNanos[rank][phase];
            }
            rows.add(row(phases[phase].label(), steps, nanos, step.millis()));
        }
        Row all = new Row(step.name(), step.millis(), step.millis() > 0 ? 1 : 0, step.maxMillis());
        Row reader = row("reader's thread", steps, readNanos, step.millis());
        return new Profile(steps, ranks, List.copyOf(rows), all, reader, bytes);
    }

    private static Row row(String name, long steps, long[] nanos, double stepMillis) {
        long sum = 0;
        long max = 0;
        for (long each : nanos) {
            sum += each;
            max = Math.max(max, each);
        }
        double scale = steps == 0 ? 0 : 1 / (NANOS_IN_MILLI * steps);
        double millis = sum * scale / nanos.length;
        return new Row(name, millis, stepMillis > 0 ? millis / stepMillis : 0, max * scale);
    }

    /// @return a table for people
    public String print() {
        StringBuilder text = new StringBuilder();
        text.append("phase of a step        ms/step    share   on the slowest rank\n");
        rows.forEach(row -> print(row, text));
        print(step, text);
        print(reader, text);
        text.append(String.format(
                Locale.ROOT,
                "mean of %d steps on %d ranks; the reader's thread works beside the step%n",
                steps,
                ranks));
        text.append(String.format(
                Locale.ROOT,
                "bytes a step from each rank: forward exchange %,.0f, backward exchange %,.0f, all-reduce %,.0f%n",
                bytes.forward(),
                bytes.backward(),
                bytes.allReduce()));
        return text.toString();
    }

    private static void print(Row row, StringBuilder text) {
        text.append(String.format(
                Locale.ROOT,
                "%-20s %9.3f %7.1f%% %9.3f%n",
                row.name(),
                row.millis(),
                100 * row.share(),
                row.maxMillis()));
    }
}
