package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.launch.LauncherProcess.Around;
import java.io.IOException;
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
        try (LauncherProcess job =
                train(namespace("true"), "--max-restarts", "9", "--set", "comm.progress_timeout_seconds=12")) {
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

    @Test
    void aSlowLinkChangesNothing() throws Exception {
        try (LauncherProcess job =
                train(namespace("tc qdisc add dev lo root tbf rate 100mbit burst 128kb latency 50ms"))) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isZero();
        }
        SmallTraining.assertSameBits(checkpoints(), undisturbed);
    }

    @Test
    void tooSmallSharedMemoryIsOneLineThatSaysHowMuch() throws Exception {
        try (LauncherProcess job = train(namespace("mount -t tmpfs -o size=4m tmpfs /dev/shm"))) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(2);
            assertThat(job.text()).containsPattern("dlrm: media driver: /dev/shm has 4 MiB left, want \\d+ MiB; ");
        }
    }

    /// Every sync of every thread that writes a checkpoint fails.
    @Test
    void anErrorOfTheDiskIsToldAndEndsTheJobWhenItStays() throws Exception {
        List<String> before = List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=fsync,fdatasync",
                "-e",
                "inject=fsync,fdatasync:error=EIO");
        try (LauncherProcess job = train(new Around(before, Map.of(), List.of()))) {
            assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS)).as(job.text()).isEqualTo(1);
            assertThat(job.text()).contains("Input/output error");
        }
    }
}
