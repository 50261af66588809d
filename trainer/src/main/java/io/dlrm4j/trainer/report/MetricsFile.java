package io.dlrm4j.trainer.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.core.config.TrainConfig;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Writes `metrics.jsonl`, one JSON object a line, on rank 0, and passes everything on to another listener.
///
/// Kinds of lines: `start`, `step`, `evaluation`, `checkpoint`, `warning`, `end`, `profile`. A run has about a
/// thousand `step` lines at most; each holds the mean loss and the speed since the line before. A resumed run
/// appends: its `start` line says from which step on its lines replace earlier ones.
public final class MetricsFile implements TrainListener, AutoCloseable {
    private static final int MAX_STEP_LINES = 1000;

    private final TrainListener next;
    private final @Nullable BufferedWriter out;
    private long every = 1;
    private long step; // done
    private double lossSum;
    private long steps;
    private long samples;
    private long nanos;
    private long dataNanos;
    private long waitNanos;
    private long moveNanos;

    private MetricsFile(TrainListener next, @Nullable BufferedWriter out) {
        this.next = next;
        this.out = out;
    }

    /// @param config whose `output` is the folder; empty: nothing is written
    /// @param rank rank 0 writes
    /// @param resumed whether lines are appended to those of an earlier run
    /// @param next told everything as well
    public static MetricsFile open(TrainConfig config, int rank, boolean resumed, TrainListener next)
            throws IOException {
        if (rank != 0 || config.getOutput().isEmpty()) {
            return new MetricsFile(next, null);
        }
        Path file = PrivateFiles.folder(Path.of(config.getOutput())).resolve("metrics.jsonl");
        return new MetricsFile(
                next,
                new BufferedWriter(new OutputStreamWriter(PrivateFiles.open(file, resumed), StandardCharsets.UTF_8)));
    }

    @Override
    public void started(JobStart start) {
        step = start.firstStep();
        every = Math.max(1, Math.ceilDiv(start.steps() - start.firstStep(), (long) MAX_STEP_LINES));
        write(line("start", start.firstStep())
                .put("steps", start.steps())
                .put("samples", start.samples())
                .put("ranks", start.ranks())
                .put("engine", start.engine()));
        next.started(start);
    }

    @Override
    public void stepped(StepProgress progress) {
        step = progress.step();
        lossSum += progress.loss();
        samples += progress.samples();
        nanos += progress.nanos();
        dataNanos += progress.dataNanos();
        waitNanos += progress.waitNanos();
        moveNanos += progress.moveNanos();
        steps++;
        if (out != null && (progress.step() % every == 0 || progress.step() == progress.steps())) {
            write(line("step", progress.step())
                    .put("epoch", progress.epoch())
                    .put("loss", lossSum / steps)
                    .put("learning_rate", progress.learningRate())
                    .put("samples_per_second", samples * 1e9 / nanos)
                    .put("data_share", (double) dataNanos / nanos)
                    .put("wait_share", (double) waitNanos / nanos)
                    .put("move_share", (double) moveNanos / nanos));
            lossSum = 0;
            steps = 0;
            samples = 0;
            nanos = 0;
            dataNanos = 0;
            waitNanos = 0;
            moveNanos = 0;
        }
        next.stepped(progress);
    }

    @Override
    public void evaluated(long step, BinaryMetrics quality) {
        write(put(line("evaluation", step), quality));
        next.evaluated(step, quality);
    }

    @Override
    public void saved(SavedCheckpoint checkpoint) {
        write(line("checkpoint", checkpoint.step())
                .put("path", checkpoint.path().toString())
                .put("bytes", checkpoint.bytes())
                .put("full_bytes", checkpoint.fullBytes())
                .put("full", checkpoint.full())
                .put("stall_millis", checkpoint.stallNanos() * 1e-6)
                .put("millis", checkpoint.nanos() * 1e-6));
        next.saved(checkpoint);
    }

    @Override
    public void warned(String message) {
        write(line("warning", step).put("message", message));
        next.warned(message);
    }

    @Override
    public void finished(TrainReport report) {
        ObjectNode line = line("end", report.steps())
                .put("train_seconds", report.trainSeconds())
                .put("samples_per_second", report.samplesPerSecond());
        write(report.quality() == null ? line : put(line, report.quality()));
        Profile profile = report.profile();
        if (profile != null) {
            ObjectNode phases = line("profile", report.steps())
                    .put("counted_steps", profile.steps())
                    .put("step_millis", profile.step().millis())
                    .put("reader_millis", profile.reader().millis());
            phases.withObject("/step_bytes")
                    .put("forward", profile.bytes().forward())
                    .put("backward", profile.bytes().backward())
                    .put("all_reduce", profile.bytes().allReduce());
            profile.rows().forEach(row -> phases.withObject("/phase_millis").put(row.name(), row.millis()));
            write(phases);
        }
        next.finished(report);
    }

    private static ObjectNode put(ObjectNode line, BinaryMetrics quality) {
        return line.put("samples", quality.samples())
                .put("log_loss", quality.logLoss())
                .put("auc", quality.auc())
                .put("normalized_entropy", quality.normalizedEntropy())
                .put("accuracy", quality.accuracy())
                .put("calibration", quality.calibration());
    }

    private static ObjectNode line(String kind, long step) {
        return JsonNodeFactory.instance.objectNode().put("kind", kind).put("step", step);
    }

    private void write(ObjectNode line) {
        if (out == null) {
            return;
        }
        try {
            out.write(line.toString());
            out.newLine();
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("metrics.jsonl: cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
    }
}
