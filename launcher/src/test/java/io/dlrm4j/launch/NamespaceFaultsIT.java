package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.launch.LauncherProcess.Around;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Faults of the machine itself, made where nobody else sees them: in a network and a file system of the job's own.
@EnabledIfSystemProperty(named = "faults", matches = "true", disabledReason = "needs root; run with -Pfaults")
class NamespaceFaultsIT {
    private static final String NEEDS = "needs root, unshare, tc and strace";

    @TempDir
    static Path shared;

    private static SmallTraining training = SmallTraining.NONE;
    private static Path undisturbed = Path.of("");

    @TempDir
    Path folder;

    @BeforeAll
    static void generate() throws Exception {
        assumeTrue(
                run(
                                "unshare", "-m", "-n", "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate",
                                "1mbit", "burst", "64kb", "latency", "50ms")
                        == 0,
                NEEDS);
        assumeTrue(run("strace", "-V") == 0, NEEDS);
        training = SmallTraining.generate(shared, 2);
        undisturbed = training.undisturbed(shared);
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /// @param setUp shell commands in the new namespaces
    private static Around namespace(String setUp) {
        List<String> before = List.of(
                "unshare", "-m", "-n", "bash", "-c", "ip link set lo up && " + setUp + " && exec \"$@\"", "bash");
        return new Around(before, Map.of("DLRM_TRANSPORT", "udp"), List.of());
    }

    private Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    private LauncherProcess train(Around around, String... more) throws IOException {
        return LauncherProcess.start(folder, around, training.saving(checkpoints(), more));
    }

    private static void traffic(long launcher, String what) throws Exception {
        List<String> command = new ArrayList<>(List.of("nsenter", "-n", "-t", Long.toString(launcher), "tc", "qdisc"));
        command.addAll(List.of(what.split(" ")));
        assertThat(run(command.toArray(String[]::new))).isZero();
    }

    /// No packet arrives for a while, neither data nor signs of life.
    private static void partition(LauncherProcess job, long seconds) throws Exception {
        traffic(job.pid(), "add dev lo root tbf rate 8bit burst 1 limit 1");
        TimeUnit.SECONDS.sleep(seconds);
        traffic(job.pid(), "del dev lo root");
    }

    @Test
    void aShortPartitionIsRiddenOutAndALongOneIsARestart() throws Exception {
        try (LauncherProcess job = train(namespace("true"), "--max-restarts", "9", "--set", "comm.silence_seconds=6")) {
            job.await("step \\d+: checkpoint ");
            partition(job, 2);
            job.await("step \\d+: checkpoint ");
            assertThat(job.text()).doesNotContain("restart 1");

            partition(job, 12);

            job.await("no heartbeat for 6 s.*; restart 1 of 9 with 2 workers");
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }

    /// The link is so slow that it alone decides: a step takes the bytes of its exchange, of its gradients'
    /// exchange and of its sum, of both ranks, over the link's bandwidth.
    @Test
    void aSlowLinkCostsTheTimeOfItsBytesAndNothingElse() throws Exception {
        double bytesPerSecond = 20e6 / 8;
        long exchange = 2 * 2 * (SmallTraining.BATCH / 4) * SmallTraining.TABLES * SmallTraining.DIM * 4L;
        long sum = 2 * SmallTraining.DENSE_PARAMETERS * 4L; // each rank sends 2 (N - 1) / N of it
        double predicted = (exchange + sum) / bytesPerSecond;

        Path output = folder.resolve("output");
        try (LauncherProcess job = train(
                namespace("tc qdisc add dev lo root tbf rate 20mbit burst 64kb latency 200ms"),
                "--output",
                output.toString())) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);

        JsonNode end = new ObjectMapper()
                .readTree(Files.readAllLines(output.resolve("metrics.jsonl")).getLast());
        double step = SmallTraining.BATCH / end.get("samples_per_second").asDouble();
        System.out.printf("20 Mbit/s: a step takes %.1f ms, predicted %.1f ms%n", step * 1e3, predicted * 1e3);
        assertThat(step / predicted).isBetween(0.95, 2.0);
    }

    @Test
    void tooSmallSharedMemoryIsOneLineThatSaysHowMuch() throws Exception {
        try (LauncherProcess job = train(namespace("mount -t tmpfs -o size=4m tmpfs /dev/shm"))) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(2);
            assertThat(job.text()).containsPattern("dlrm: media driver: /dev/shm has 4 MiB left, want \\d+ MiB; ");
        }
    }

    /// @param calls that fail, of all threads of all processes
    /// @param more options of strace
    private static Around failing(String calls, String... more) {
        List<String> before = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null"));
        before.addAll(List.of(more));
        before.addAll(List.of("-e", "trace=" + calls, "-e", "inject=" + calls + ":error=EIO"));
        return new Around(before, Map.of(), List.of());
    }

    /// Every sync of every thread that writes a checkpoint fails.
    @Test
    void anErrorOfTheDiskIsToldAndEndsTheJobWhenItStays() throws Exception {
        try (LauncherProcess job = train(failing("fsync,fdatasync"))) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(1);
            assertThat(job.text()).contains("Input/output error");
        }
    }

    @Test
    void anErrorOfAWriteCostsOneCheckpointAndOneOfAReadIsSkipped() throws Exception {
        Path written = checkpoints().resolve("step-00000008.tmp/dense.safetensors");
        try (LauncherProcess job = train(failing("write,pwrite64", "-P", written.toString()), "--max-steps", "20")) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
            assertThat(job.text())
                    .containsPattern("a checkpoint could not be written, training goes on \\(failure 1 of 3\\).*"
                            + "Input/output error")
                    .contains("step 12: checkpoint ");
        }
        Path read = checkpoints().resolve("step-00000020/dense.safetensors");
        try (LauncherProcess job = train(failing("read,pread64", "-P", read.toString()), "--resume")) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
            assertThat(job.text())
                    .containsPattern("skipped a checkpoint: .*step-00000020.*Input/output error")
                    .containsPattern("training: steps 17 to .* from .*step-00000016");
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }
}
