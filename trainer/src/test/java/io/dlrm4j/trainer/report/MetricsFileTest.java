package io.dlrm4j.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.core.config.TrainConfig;
import io.dlrm4j.core.engine.StepPhase;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsFileTest {
    private static final BinaryMetrics QUALITY = new BinaryMetrics(10, 0.5, 0.75, 0.9, 0.8, 1.1, 0.25, 3);

    @TempDir
    Path folder;

    @Test
    void belongsToItsUserAlone() throws IOException {
        Path output = folder.resolve("new").resolve("output");
        MetricsFile.open(TrainConfig.newBuilder().setOutput(output.toString()).build(), 0, false, TrainListener.NONE)
                .close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output.resolve("metrics.jsonl"))))
                .isEqualTo("rw-------");
    }

    @Test
    void everyEventIsALine() throws IOException {
        write(false, 0, 3);

        List<JsonNode> lines = lines();
        assertThat(lines.stream().map(line -> line.get("kind").asText()))
                .containsExactly("start", "step", "step", "step", "checkpoint", "evaluation", "end");
        assertThat(lines.get(2).get("step").asLong()).isEqualTo(2);
        assertThat(lines.get(2).get("loss").asDouble()).isEqualTo(2);
        assertThat(lines.get(2).get("samples_per_second").asDouble()).isEqualTo(8e6);
        assertThat(lines.get(2).get("wait_share").asDouble()).isEqualTo(0.25);
        assertThat(lines.get(2).get("move_share").asDouble()).isEqualTo(0.05);
        assertThat(lines.get(5).get("auc").asDouble()).isEqualTo(0.75);
    }

    @Test
    void aProfileIsALineWithTheTimeOfEachPhase() throws IOException {
        TrainConfig config =
                TrainConfig.newBuilder().setOutput(folder.toString()).build();
        long[] phases = new long[StepPhase.values().length];
        List<StepPhase> order = List.of(StepPhase.values());
        phases[order.indexOf(StepPhase.TOP)] = 6_000_000;
        phases[order.indexOf(StepPhase.WAIT)] = 2_000_000;
        Profile profile = Profile.of(2, new long[][] {phases}, new long[] {1_000_000}, new Profile.Bytes(10, 20, 30.5));
        try (MetricsFile metrics = MetricsFile.open(config, 0, false, TrainListener.NONE)) {
            metrics.finished(new TrainReport(2, 2, false, 16, 1, 1, null, null, profile));
        }

        JsonNode line = lines().getLast();
        assertThat(line.get("kind").asText()).isEqualTo("profile");
        assertThat(line.get("step_millis").asDouble()).isEqualTo(4);
        assertThat(line.get("reader_millis").asDouble()).isEqualTo(0.5);
        assertThat(line.get("phase_millis").get("top").asDouble()).isEqualTo(3);
        assertThat(line.get("phase_millis")).hasSize(phases.length);
        assertThat(line.get("step_bytes").toString())
                .isEqualTo("{\"forward\":10.0,\"backward\":20.0,\"all_reduce\":30.5}");
    }

    @Test
    void manyStepsShareALineThatHoldsTheirMean() throws IOException {
        write(false, 0, 5000);

        List<JsonNode> steps = lines().stream()
                .filter(line -> line.get("kind").asText().equals("step"))
                .toList();
        assertThat(steps).hasSize(1000);
        assertThat(steps.getFirst().get("step").asLong()).isEqualTo(5);
        assertThat(steps.getFirst().get("loss").asDouble()).isEqualTo(3); // of 1 to 5
    }

    @Test
    void aResumedRunAppendsAndANewOneBeginsAnew() throws IOException {
        write(false, 0, 2);
        write(true, 2, 4);
        assertThat(lines()).hasSize(12);

        write(false, 0, 2);
        assertThat(lines()).hasSize(6);
    }

    @Test
    void aWarningIsALineWithItsStep() throws IOException {
        TrainConfig config =
                TrainConfig.newBuilder().setOutput(folder.toString()).build();
        try (MetricsFile metrics = MetricsFile.open(config, 0, false, TrainListener.NONE)) {
            metrics.stepped(progress(7, 9));
            metrics.warned("careful");
        }
        assertThat(lines().getLast().toString()).isEqualTo("{\"kind\":\"warning\",\"step\":7,\"message\":\"careful\"}");
    }

    @Test
    void otherRanksWriteNothingButTellOnEverything() throws IOException {
        List<String> told = new ArrayList<>();
        TrainConfig config =
                TrainConfig.newBuilder().setOutput(folder.toString()).build();
        try (MetricsFile metrics = MetricsFile.open(config, 1, false, new TrainListener() {
            @Override
            public void stepped(StepProgress progress) {
                told.add("step " + progress.step());
            }

            @Override
            public void warned(String message) {
                told.add(message);
            }
        })) {
            metrics.stepped(progress(7, 9));
            metrics.warned("careful");
        }
        assertThat(told).containsExactly("step 7", "careful");
        assertThat(folder).isEmptyDirectory();
    }

    private void write(boolean resumed, long firstStep, long steps) throws IOException {
        TrainConfig config =
                TrainConfig.newBuilder().setOutput(folder.toString()).build();
        try (MetricsFile metrics = MetricsFile.open(config, 0, resumed, TrainListener.NONE)) {
            metrics.started(new JobStart(0, 1, "engine", "plan", "budget", 100, firstStep, steps, null));
            for (long step = firstStep + 1; step <= steps; step++) {
                metrics.stepped(progress(step, steps));
            }
            metrics.saved(new SavedCheckpoint(steps, Path.of("step-00000003"), 10, 30, false, 2_000_000, 5_000_000));
            metrics.evaluated(steps, QUALITY);
            metrics.finished(new TrainReport(steps, steps, false, 8 * steps, 1, 1, QUALITY, null, null));
        }
    }

    private static StepProgress progress(long step, long steps) {
        StepProgress progress = new StepProgress();
        progress.at(step, steps, 0, 8, 0.1);
        progress.result((double) step, 1000, 100, 250, 50);
        return progress;
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }
}
