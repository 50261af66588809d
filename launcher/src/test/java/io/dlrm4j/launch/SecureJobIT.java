package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs of two real worker processes: what others can see of them, and that encryption and refusals reach them.
class SecureJobIT {
    private static final long JOB_SECONDS = 90;
    private static final Pattern LAST_LOSS = Pattern.compile("last loss +([0-9.]+)");

    @TempDir
    static Path data;

    @TempDir
    Path folder;

    private Path temporary;

    @BeforeAll
    static void generate() throws IOException {
        GenerateOptions options = GenerateOptions.of(data.resolve("clicks"), 2_800, 7)
                .withCardinalities(Cardinalities.kaggle().scaled(1e-5));
        GenerateClicks.run(options, ProgressListener.NONE);
    }

    @BeforeEach
    void makeTemporary() throws IOException {
        temporary = Files.createDirectory(folder.resolve("temporary"));
    }

    private LauncherProcess train(Map<String, String> environment, String... more) throws IOException {
        String[] args = {
            "train",
            "--data",
            data.resolve("clicks").toString(),
            "--bottom",
            "13-32-16",
            "--top",
            "32-1",
            "--workers",
            "2",
            "--batch-size",
            "64",
        };
        return LauncherProcess.start(
                temporary,
                environment,
                Stream.of(args, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<Path> list(Path parent, String part) throws IOException {
        try (Stream<Path> found = Files.list(parent)) {
            return found.filter(each -> each.toString().contains(part)).toList();
        }
    }

    @Test
    void theTokenIsNowhereToBeSeenAndFilesAreTheUsersOwn() throws Exception {
        try (LauncherProcess job = train(Map.of(), "--epochs", "1000000")) {
            List<ProcessHandle> workers = job.awaitTraining();
            Path jobFolder = list(temporary, "dlrm-job-").getFirst();
            String token = Files.readString(jobFolder.resolve("token"));
            assertThat(token).hasSize(64);
            assertThat(mode(jobFolder)).isEqualTo("rwx------");
            assertThat(mode(jobFolder.resolve("token"))).isEqualTo("rw-------");
            assertThat(mode(jobFolder.resolve("config"))).isEqualTo("rw-------");
            assertThat(list(Path.of("/dev/shm"), "-" + job.pid()))
                    .hasSize(1)
                    .allSatisfy(shared -> assertThat(mode(shared)).isEqualTo("rwx------"));
            for (ProcessHandle worker : workers) {
                Path process = Path.of("/proc", String.valueOf(worker.pid()));
                String command = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
                assertThat(command).contains("-Djdk.serialFilter=!*").doesNotContain(token);
                assertThat(Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1))
                        .contains("DLRM_TOKEN_FILE")
                        .doesNotContain(token);
            }
            job.terminate();
            int _ = job.awaitEnd(JOB_SECONDS);
            assertThat(job.text()).doesNotContain(token);
        }
    }

    @Test
    void encryptedWorkersTrainAsInTheClear() throws Exception {
        String clear = lastLoss("--set", "comm.encrypt=false");
        assertThat(lastLoss("--encrypt")).isEqualTo(clear);
    }

    private String lastLoss(String... more) throws Exception {
        try (LauncherProcess job = train(Map.of("DLRM_TRANSPORT", "udp"), more)) {
            assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isZero();
            Matcher loss = LAST_LOSS.matcher(job.text());
            assertThat(loss.find()).as(job.text()).isTrue();
            return loss.group(1);
        }
    }

    @Test
    void aRateThatIsTooHighIsOneLineAndLeavesNoCheckpointOfIt() throws Exception {
        Path checkpoints = folder.resolve("checkpoints");
        try (LauncherProcess job = train(
                Map.of(), "--learning-rate", "1e35", "--checkpoint", checkpoints.toString(), "--optimizer", "sgd")) {
            assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isEqualTo(1);
            assertThat(job.text())
                    .containsPattern(
                            "dlrm: rank [01]: step \\d+: .*(is (NaN|-?Infinity)|loss=).*; lower optimizer.learning")
                    .doesNotContain("Exception");
            assertThat(list(checkpoints, "step-")).isEmpty();
        }
    }
}
