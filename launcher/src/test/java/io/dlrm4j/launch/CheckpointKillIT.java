package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real processes that write a checkpoint every fourth step, asynchronously, touched rows alone: killed by signal 9
/// again and again and continued, they end with the bits of a run that nobody disturbed.
class CheckpointKillIT {
    private static final int KILLS = 3;
    private static final int LONGEST_MILLIS = 200;

    @TempDir
    static Path data;

    private static SmallTraining training = SmallTraining.NONE;

    @TempDir
    Path folder;

    @BeforeAll
    static void generate() throws IOException {
        training = SmallTraining.generate(data, 2);
    }

    private LauncherProcess train(Path checkpoints, int epochs, String... more) throws IOException {
        String[] kind = {"--checkpoint-async", "--checkpoint-incremental"};
        return LauncherProcess.start(
                folder,
                training.withEpochs(epochs)
                        .saving(
                                checkpoints,
                                Stream.of(kind, more).flatMap(Stream::of).toArray(String[]::new)));
    }

    @Test
    void killedAtAnyMomentItContinuesToTheSameBits() throws Exception {
        Path disturbed = folder.resolve("disturbed");
        Path undisturbed = folder.resolve("undisturbed");
        Random random = new Random(9);
        for (int kill = 0; kill < KILLS; kill++) {
            try (LauncherProcess job = train(disturbed, 20, "--resume")) {
                String pid =
                        job.await("rank " + kill % 2 + " is process (\\d+)").group(1);
                job.await("step \\d+: checkpoint .* training stood still for \\d+ ms, on disk after \\d+ ms");
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_MILLIS));
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
                assertThat(job.awaitEnd(SmallTraining.JOB_SECONDS))
                        .as(job.text())
                        .isEqualTo(3);
            }
            assertThat(CommandRun.of("checkpoint", "verify", disturbed.toString())
                            .exitCode())
                    .isZero();
        }
        try (LauncherProcess rest = train(disturbed, 20, "--resume");
                LauncherProcess whole = train(undisturbed, 20)) {
            assertThat(rest.awaitEnd(SmallTraining.JOB_SECONDS)).as(rest.text()).isZero();
            assertThat(whole.awaitEnd(SmallTraining.JOB_SECONDS))
                    .as(whole.text())
                    .isZero();
        }

        SmallTraining.assertSameBits(disturbed, undisturbed);
        assertThat(Files.exists(disturbed.resolve("step-00000760"))).isTrue();
    }

    @Test
    void aSecondJobOnTheSameFolderIsRefusedAndTheFirstGoesOn() throws Exception {
        Path checkpoints = folder.resolve("checkpoints");
        try (LauncherProcess first = train(checkpoints, 1_000_000)) {
            List<ProcessHandle> workers = first.awaitTraining();
            first.await("step \\d+: checkpoint ");
            try (LauncherProcess second = train(checkpoints, 1_000_000, "--resume")) {
                assertThat(second.awaitEnd(SmallTraining.JOB_SECONDS))
                        .as(second.text())
                        .isEqualTo(1);
                assertThat(second.text())
                        .contains(checkpoints + ": another job writes checkpoints here (process "
                                + workers.get(0).pid() + ", boot ");
            }
            first.await("step \\d+: checkpoint ");
            first.await("step \\d+: checkpoint ");
            first.terminate();
            first.await("stopped after step \\d+ with checkpoint ");
            assertThat(first.awaitEnd(SmallTraining.JOB_SECONDS)).isEqualTo(143);
        }
    }
}
