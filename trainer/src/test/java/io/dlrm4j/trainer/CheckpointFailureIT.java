package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a job does when a checkpoint cannot be written: it trains on with a warning, and ends with a sentence only when
/// too many fail, or the last.
class CheckpointFailureIT {
    private static final int RANKS = 2;

    @TempDir
    Path folder;

    private Path checkpoints = Path.of("");
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    private final List<Long> saved = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void name() {
        checkpoints = folder.resolve("checkpoints");
    }

    private JobConfig.Builder config(boolean asynchronous) {
        JobConfig.Builder config = SmallJob.config(OptimizerKind.ROW_WISE_ADAGRAD);
        config.getCheckpointBuilder()
                .setPath(checkpoints.toString())
                .setEvery(2)
                .setKeep(9)
                .setAsynchronous(asynchronous);
        return config;
    }

    /// @param blocked steps whose checkpoints cannot be renamed, because a folder of that name is there
    private void run(JobConfig config, long... blocked) {
        LocalWorld.run(RANKS, communicator -> {
            try (JobData data = SmallJob.data()) {
                TrainListener listener = new TrainListener() {
                    @Override
                    public void stepped(StepProgress progress) {
                        if (progress.step() == 1 && communicator.rank() == 0) {
                            block(blocked);
                        }
                    }

                    @Override
                    public void saved(SavedCheckpoint checkpoint) {
                        if (communicator.rank() == 0) {
                            saved.add(checkpoint.step());
                        }
                    }

                    @Override
                    public void warned(String message) {
                        warnings.add(message);
                    }
                };
                assertThat(TrainingJob.run(config, communicator, data, listener).steps())
                        .isEqualTo(12);
            }
        });
    }

    private void block(long... steps) {
        try {
            for (long step : steps) {
                Path taken = checkpoints.resolve("step-%08d".formatted(step));
                Files.createDirectories(taken);
                Files.writeString(taken.resolve(".something"), "in the way");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest(name = "asynchronous {0}")
    @CsvSource({"false", "true"})
    void trainingGoesOnWithAWarningAndEndsTheSame(boolean asynchronous) {
        run(config(asynchronous).build(), 4, 8);
        Map<String, float[]> damaged = weights();

        assertThat(saved).contains(2L, 6L, 10L, 12L).doesNotContain(4L, 8L);
        assertThat(warnings).hasSize(2);
        assertThat(warnings.getFirst())
                .startsWith("a checkpoint could not be written, training goes on (failure 1 of 3); "
                        + checkpoints.resolve("step-00000002") + " is whole: rank 0: ")
                .contains("step-00000004");
        checkpoints = folder.resolve("whole");
        run(config(asynchronous).build());
        weights()
                .forEach((name, whole) -> assertThat(damaged.get(name)).as(name).containsExactly(whole));
    }

    private Map<String, float[]> weights() {
        Map<String, float[]> all = new TreeMap<>();
        LocalWorld.run(
                1, communicator -> all.putAll(SmallJob.weights(config(false).build(), communicator)));
        return all;
    }

    @Test
    void tooManyFailuresInARowEndTheJob() {
        JobConfig.Builder config = config(false);
        config.getCheckpointBuilder().setMaxFailures(2);

        assertThatThrownBy(() -> run(config.build(), 4, 6))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(
                        "2 checkpoints in a row could not be written (checkpoint.max_failures=2); %s is whole: rank 0: "
                                .formatted(checkpoints.resolve("step-00000002")));
        assertThat(warnings).hasSize(1);
        CheckpointFolder.verify(checkpoints.resolve("step-00000002"));
    }

    @Test
    void theLastOneMustBeWritten() {
        assertThatThrownBy(() -> run(config(true).build(), 12))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("the last checkpoint could not be written; %s is whole: "
                        .formatted(checkpoints.resolve("step-00000010")));
    }

    /// On a real file system of 64 KiB, where one may be mounted: the disk is full before the third checkpoint.
    @Test
    void aFullDiskCostsNothingThatWasWritten() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        int mounted = shell("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString());
        Assumptions.assumeTrue(mounted == 0, "a small tmpfs cannot be mounted here; needs root");
        try {
            checkpoints = small.resolve("checkpoints");
            assertThatThrownBy(() -> run(config(false).build()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("No space left on device");
            List<Path> left = new CheckpointFolder(checkpoints).newestFirst();
            assertThat(left).hasSizeGreaterThan(1);
            left.forEach(CheckpointFolder::verify);
            assertThat(saved).hasSameSizeAs(left);
            assertThat(warnings).hasSize(2).allMatch(warning -> warning.contains("No space left on device"));
        } finally {
            assertThat(shell("umount", small.toString())).isZero();
        }
    }

    private static int shell(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
