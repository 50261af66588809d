package io.dlrm4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.testkit.StandIn;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `benchmarks/gpu/run` from its first line to its last, rehearsed on the stand-in for a card.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GpuRehearsalIT {
    private static final int RUN_SECONDS = 240;

    @TempDir
    static Path folder;

    private static Path bundle;

    /// What `pack` makes, of the Java machine and the class path of this test.
    @BeforeAll
    static void pack() throws IOException, InterruptedException {
        StandIn.headers(); // skips where there is no g++
        bundle = folder.resolve("bundle");
        Files.createDirectories(bundle.resolve("lib"));
        Files.createSymbolicLink(bundle.resolve("jvm"), Path.of(System.getProperty("java.home")));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        String path = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" "));
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, path);
        try (OutputStream file = Files.newOutputStream(bundle.resolve("lib/path.jar"))) {
            new JarOutputStream(file, manifest).close();
        }
    }

    private static int run(Path results, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "gpu/run", "--rehearse", bundle.toString()));
        command.add(results.toString());
        command.addAll(List.of(more));
        Process process = withTime(new ProcessBuilder(command))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        boolean ended = process.waitFor(RUN_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as(Files.readString(folder.resolve("output"))).isTrue();
        return process.exitValue();
    }

    /// The machine may be busy, and nothing here is about its speed.
    private static ProcessBuilder withTime(ProcessBuilder command) {
        command.environment().put("DLRM_GPU_SECONDS", Long.toString(RUN_SECONDS));
        return command;
    }

    private static List<JsonNode> lines(Path results) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(results.resolve("dlrm4j.jsonl"))) {
            lines.add(json.readTree(line));
        }
        return lines;
    }

    @Test
    void everyPartRunsAndWritesItsResult() throws IOException, InterruptedException {
        Path results = folder.resolve("all");
        assertThat(run(results)).as(Files.readString(folder.resolve("output"))).isZero();
        List<JsonNode> lines = lines(results);
        assertThat(lines).noneMatch(line -> line.has("failed") || line.has("skipped"));
        assertThat(lines).anyMatch(line -> line.path("card").asText().startsWith("stand-in (9.0)"));
        assertThat(lines.stream().filter(line -> line.path("part").asText().equals("correct")))
                .as("kinds of steps that were checked")
                .hasSizeGreaterThanOrEqualTo(16);
        List<JsonNode> timed =
                lines.stream().filter(line -> line.has("step_us")).toList();
        assertThat(timed).as("precisions, rows, modes, batches").hasSize(3 * 2 * 2 * 2);
        for (JsonNode line : timed) {
            assertThat(line.get("bytes_floor_us").asDouble()).isPositive();
            assertThat(line.get("flops_floor_us").asDouble()).isNotNegative();
            assertThat(line.get("loss").asDouble()).isBetween(0.1, 2.0);
        }
        assertThat(results.resolve("machine.log")).exists();
    }

    @Test
    void aPartThatFailsStopsNoOther() throws IOException, InterruptedException {
        Path results = folder.resolve("partly");
        assertThat(run(results, "shapes=absent,tiny", "precisions=FP32", "rows=FLOAT", "batches=4"))
                .isEqualTo(1);
        List<JsonNode> lines = lines(results);
        assertThat(lines.stream().filter(line -> line.has("failed")))
                .hasSize(2)
                .allMatch(line -> line.get("failed").asText().contains("want kaggle, mlperf"));
        assertThat(lines.stream().filter(line -> line.has("step_us"))).hasSize(2);
        assertThat(Files.readString(folder.resolve("output"))).endsWith("failed: dlrm4j (status 1)\n");
    }

    @Test
    void whatIsBeyondTheBudgetIsSkipped() throws IOException, InterruptedException {
        Path results = folder.resolve("late");
        assertThat(run(results, "budget=0")).isZero();
        assertThat(lines(results)).isNotEmpty().allMatch(line -> line.has("skipped"));
    }
}
