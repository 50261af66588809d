package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
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
    private static final long JOB_SECONDS = 100;
    private static final int KILLS = 3;
    private static final int LONGEST_MILLIS = 200;

    @TempDir
    static Path data;

    @TempDir
    Path folder;

    @BeforeAll
    static void generate() throws IOException {
        GenerateOptions options = GenerateOptions.of(data.resolve("clicks"), 2_800, 7)
                .withCardinalities(Cardinalities.kaggle().scaled(1e-5));
        GenerateClicks.run(options, ProgressListener.NONE);
    }

    private LauncherProcess train(Path checkpoints, String... more) throws IOException {
        String[] args = {
            "train",
            "--data",
            data.resolve("clicks").toString(),
            "--bottom",
            "13-32-16",
            "--top",
            "32-1",
            "--optimizer",
            "row_wise_adagrad",
            "--workers",
            "2",
            "--batch-size",
            "64",
            "--checkpoint",
            checkpoints.toString(),
            "--checkpoint-every",
            "4",
            "--checkpoint-async",
            "--checkpoint-incremental",
        };
        return LauncherProcess.start(
                folder, Stream.of(args, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void killedAtAnyMomentItContinuesToTheSameBits() throws Exception {
        Path disturbed = folder.resolve("disturbed");
        Path undisturbed = folder.resolve("undisturbed");
        Random random = new Random(9);
        for (int kill = 0; kill < KILLS; kill++) {
            try (LauncherProcess job = train(disturbed, "--epochs", "20", "--resume")) {
                String pid =
                        job.await("rank " + kill % 2 + " is process (\\d+)").group(1);
                job.await("step \\d+: checkpoint .* training stood still for \\d+ of \\d+ ms");
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_MILLIS));
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
                assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isEqualTo(3);
            }
            assertThat(CommandRun.of("checkpoint", "verify", disturbed.toString())
                            .exitCode())
                    .isZero();
        }
        try (LauncherProcess rest = train(disturbed, "--epochs", "20", "--resume");
                LauncherProcess whole = train(undisturbed, "--epochs", "20")) {
            assertThat(rest.awaitEnd(JOB_SECONDS)).as(rest.text()).isZero();
            assertThat(whole.awaitEnd(JOB_SECONDS)).as(whole.text()).isZero();
        }

        CommandRun diff = CommandRun.of("checkpoint", "diff", disturbed.toString(), undisturbed.toString());

        assertThat(diff.out()).isEqualTo("same weights and state, bit for bit" + System.lineSeparator());
        assertThat(Files.exists(disturbed.resolve("step-00000760"))).isTrue();
    }

    @Test
    void aSecondJobOnTheSameFolderIsRefusedAndTheFirstGoesOn() throws Exception {
        Path checkpoints = folder.resolve("checkpoints");
        try (LauncherProcess first = train(checkpoints, "--epochs", "1000000")) {
            List<ProcessHandle> workers = first.awaitTraining();
            first.await("step \\d+: checkpoint ");
            try (LauncherProcess second = train(checkpoints, "--epochs", "1000000", "--resume")) {
                assertThat(second.awaitEnd(JOB_SECONDS)).as(second.text()).isEqualTo(1);
                assertThat(second.text())
                        .contains(checkpoints + ": another job writes checkpoints here (process "
                                + workers.get(0).pid() + ", boot ");
            }
            first.await("step \\d+: checkpoint ");
            first.await("step \\d+: checkpoint ");
            first.terminate();
            assertThat(first.awaitEnd(JOB_SECONDS)).isEqualTo(143);
        }
    }
}
