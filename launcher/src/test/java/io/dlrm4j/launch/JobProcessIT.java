package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs of two real worker processes: they end well, and when one process is killed they end together.
class JobProcessIT {
    private static final long LOST_RANK_SECONDS = 15;
    private static final long ORPHAN_SECONDS = 10;
    private static final long JOB_SECONDS = 90;

    @TempDir
    static Path data;

    private static SmallTraining training = SmallTraining.NONE;

    @TempDir
    Path folder;

    private Path temporary;

    @BeforeAll
    static void generate() throws IOException {
        training = SmallTraining.generate(data, 2);
    }

    @BeforeEach
    void makeTemporary() throws IOException {
        temporary = Files.createDirectory(folder.resolve("temporary"));
    }

    private LauncherProcess train(int epochs, String... more) throws IOException {
        return train(Map.of(), epochs, more);
    }

    private LauncherProcess train(Map<String, String> environment, int epochs, String... more) throws IOException {
        String[] args = {"--epochs", String.valueOf(epochs)};
        return LauncherProcess.start(
                temporary,
                environment,
                training.words(Stream.of(args, more).flatMap(Stream::of).toArray(String[]::new)));
    }

    private LauncherProcess trainForEver() throws IOException {
        return train(1_000_000);
    }

    private static List<Path> driverDirectories(long launcher) throws IOException {
        try (Stream<Path> found = Files.list(Path.of("/dev/shm"))) {
            return found.filter(each -> each.toString().endsWith("-" + launcher))
                    .toList();
        }
    }

    private void assertNothingIsLeft(long launcher) throws IOException {
        assertThat(driverDirectories(launcher)).isEmpty();
        assertThat(temporary).isEmptyDirectory();
    }

    private static void assertGone(List<ProcessHandle> workers) throws Exception {
        for (ProcessHandle worker : workers) {
            worker.onExit().get(ORPHAN_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void killedWorkerEndsTheJobAndIsNamed() throws Exception {
        try (LauncherProcess job = trainForEver()) {
            List<ProcessHandle> workers = job.awaitTraining();

            workers.get(1).destroyForcibly();

            assertThat(job.awaitEnd(LOST_RANK_SECONDS)).as(job.text()).isEqualTo(3);
            assertThat(job.text())
                    .contains("dlrm: rank 1 (pid " + workers.get(1).pid() + ") was lost: killed by signal 9");
            assertGone(workers);
            assertNothingIsLeft(job.pid());
        }
    }

    @Test
    void killedFirstRankEndsTheJobAndIsNamed() throws Exception {
        try (LauncherProcess job = trainForEver()) {
            List<ProcessHandle> workers = job.awaitTraining();

            workers.get(0).destroyForcibly();

            assertThat(job.awaitEnd(LOST_RANK_SECONDS)).as(job.text()).isEqualTo(3);
            assertThat(job.text()).contains("dlrm: rank 0 (pid ").contains("killed by signal 9");
            assertGone(workers);
        }
    }

    @Test
    void killedLauncherTakesItsWorkersWithItAndTheNextStartSweeps() throws Exception {
        try (LauncherProcess job = trainForEver()) {
            List<ProcessHandle> workers = job.awaitTraining();

            job.kill();

            assertGone(workers);
            assertThat(temporary).isNotEmptyDirectory();
            try (LauncherProcess next = train(1)) {
                assertThat(next.awaitEnd(JOB_SECONDS)).as(next.text()).isZero();
                assertThat(temporary).isEmptyDirectory();
            }
        }
    }

    @Test
    void terminatedLauncherEndsEverythingCleanly() throws Exception {
        try (LauncherProcess job = trainForEver()) {
            List<ProcessHandle> workers = job.awaitTraining();

            job.terminate();

            assertThat(job.awaitEnd(LOST_RANK_SECONDS)).as(job.text()).isEqualTo(143);
            assertGone(workers);
            assertNothingIsLeft(job.pid());
        }
    }

    @Test
    void twoJobsAtOnceBothEndWithATableAndTheSameLoss() throws Exception {
        Path checkpoints = folder.resolve("checkpoints");
        Path trace = folder.resolve("trace.json");
        try (LauncherProcess first =
                        train(1, "--checkpoint", checkpoints.toString(), "--profile", "--trace", trace.toString());
                LauncherProcess second = train(1)) {
            assertThat(first.awaitEnd(JOB_SECONDS)).as(first.text()).isZero();
            assertThat(second.awaitEnd(JOB_SECONDS)).as(second.text()).isZero();

            assertThat(first.text())
                    .containsPattern("steps +38")
                    .containsPattern("AUC +0\\.\\d{5}")
                    .containsPattern("checkpoint +" + checkpoints + "/step-00000038")
                    .containsPattern("trace +" + trace)
                    .containsPattern("step +\\d+\\.\\d{3} +100\\.0%");
            assertThat(second.text()).doesNotContain("phase of a step");
            assertThat(Files.readString(trace)).contains("rank 0", "rank 1", "all-reduce of a bucket");
            assertThat(lossOf(first)).isEqualTo(lossOf(second));
            assertNothingIsLeft(first.pid());
        }
    }

    private static String lossOf(LauncherProcess job) {
        return job.text()
                .lines()
                .filter(line -> line.startsWith("last loss"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void dataThatDoesNotFitTheModelIsWrongUsage() throws Exception {
        try (LauncherProcess job = train(1, "--set", "model.bottom=7-32-16")) {
            assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isEqualTo(2);
        }
    }

    /// They take half a second of the start, and oneDNN multiplies without them.
    @Test
    void ranksTrainWithoutLoadingNd4j() throws Exception {
        String flags = "-Xlog:class+load:file=" + folder.resolve("classes-%p.log");
        try (LauncherProcess job = train(Map.of("DLRM_JAVA_OPTS", flags), 1)) {
            assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isZero();
            assumeTrue(job.text().contains("engine: matrix products by oneDNN"), job.text());
        }
        try (Stream<Path> logs = Files.list(folder)) {
            List<Path> ranks =
                    logs.filter(each -> each.toString().endsWith(".log")).toList();
            assertThat(ranks).hasSize(2);
            for (Path rank : ranks) {
                assertThat(Files.readString(rank))
                        .contains("io.dlrm4j.core.engine.cpu.CpuDensePart ")
                        .doesNotContain("org.nd4j.", "org.deeplearning4j.");
            }
        }
    }
}
