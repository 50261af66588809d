package io.dlrm4j.trainer.checkpoint;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.checkpoint.FaultyDisk.Crash;
import io.dlrm4j.trainer.checkpoint.FaultyDisk.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The process is killed, or the machine loses power, at every single operation that a checkpoint does to the disk:
/// afterwards there is the old checkpoint or the new one, bit for bit, and the next job saves again.
class CrashTest {
    private static final int MANY = 1_000;

    @TempDir
    Path folder;

    /// What is known of one attempt.
    private static final class Attempt {
        private final Map<Long, Map<String, float[]>> saved = Collections.synchronizedMap(new HashMap<>());
        private volatile boolean finished;
    }

    @ParameterizedTest(name = "{0} ranks, asynchronous {1}, incremental {2}, power lost {3}")
    @CsvSource({
        "1, false, false, false",
        "1, true, true, false",
        "2, false, true, false",
        "1, false, false, true",
        "1, true, true, true",
    })
    void theOldOneOrTheNewOneNeverAMix(int ranks, boolean asynchronous, boolean incremental, boolean powerLost)
            throws IOException {
        JobConfig.Builder config = SmallModel.config(OptimizerKind.ROW_WISE_ADAGRAD);
        config.getCheckpointBuilder().setAsynchronous(asynchronous).setIncremental(incremental);
        int crashes = 0;
        int old = 0;
        for (int at = 0; at < MANY; at++) {
            Path checkpoints = folder.resolve("crash-" + at);
            FaultyDisk disk = new FaultyDisk(Fault.CRASH, at);
            Attempt attempt = new Attempt();
            saveUntilTheCrash(ranks, config.build(), checkpoints, disk, attempt);
            if (attempt.finished) {
                break;
            }
            crashes++;
            if (powerLost) {
                disk.losePower();
            }
            attempt.saved.remove(2L); // two are kept
            old += recover(ranks, config.build(), checkpoints, attempt.saved, "crash at operation " + at) == 4 ? 1 : 0;
        }
        // begin, two files or more with their blocks and syncs, manifest, rename, folder, and the old one's deletion
        assertThat(crashes).isBetween(15, MANY - 1);
        assertThat(old).as("crashes that left the old one").isBetween(10, crashes);
        assertThat(old < crashes || powerLost)
                .as("a crash after the rename left the new one")
                .isTrue();
    }

    /// Three checkpoints, the disk crashing during the third; so an old one is deleted as well.
    private static void saveUntilTheCrash(
            int ranks, JobConfig config, Path checkpoints, FaultyDisk disk, Attempt attempt) {
        try {
            LocalWorld.run(ranks, communicator -> save(communicator, config, checkpoints, disk, attempt));
        } catch (Crash _) {
            assertThat(attempt.finished).isFalse();
        }
    }

    private static void save(
            Communicator communicator, JobConfig config, Path checkpoints, FaultyDisk disk, Attempt attempt) {
        try (SmallModel model = new SmallModel(communicator, config);
                CheckpointStore store = model.store(checkpoints, disk)) {
            store.openForWriting();
            try (CheckpointSaver saver = model.saver(store, config)) {
                for (int round = 1; round <= 3; round++) {
                    model.train(2, saver);
                    model.weights()
                            .forEach((name, weights) -> attempt.saved
                                    .computeIfAbsent(model.steps(), _ -> Collections.synchronizedMap(new HashMap<>()))
                                    .put(name, weights));
                    if (round == 3) {
                        communicator.gatherBytes(new byte[0]);
                        disk.arm();
                        communicator.gatherBytes(new byte[0]);
                    }
                    SavedCheckpoint _ = model.save(saver);
                }
                attempt.finished = true;
            }
        }
    }

    /// Continues as the next job does, and saves again.
    ///
    /// @param allowed weights by the step of each checkpoint that may be found
    /// @return the step found
    static long recover(
            int ranks, JobConfig config, Path checkpoints, Map<Long, Map<String, float[]>> allowed, String when)
            throws IOException {
        long[] steps = new long[1];
        LocalWorld.run(ranks, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(checkpoints, Disk.REAL)) {
                store.openForWriting();
                long step = model.restore(store);
                assertThat(allowed).as(when).containsKey(step);
                assertSame(model.weights(), requireNonNull(allowed.get(step)), when);
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(1, saver);
                    SavedCheckpoint again = model.save(saver);
                    CheckpointFolder.verify(again.path());
                }
                steps[0] = step;
            }
        });
        try (Stream<Path> left = Files.list(checkpoints)) {
            assertThat(left).as(when).noneMatch(path -> path.toString().endsWith(".tmp"));
        }
        return steps[0];
    }

    static void assertSame(Map<String, float[]> got, Map<String, float[]> want, String when) {
        got.forEach(
                (name, weights) -> assertThat(weights).as("%s, %s", name, when).containsExactly(want.get(name)));
    }

    @Test
    void theSimulatedLossOfPowerLosesWhatWasNotSynced() throws IOException {
        FaultyDisk disk = new FaultyDisk(Fault.NONE, 0);
        Path file = folder.resolve("file");
        try (Disk.Out out = disk.create(file)) {
            disk.sync(folder);
            out.write(ByteBuffer.wrap(new byte[10]));
        }
        disk.rename(file, folder.resolve("renamed"));

        disk.losePower();

        assertThat(folder.resolve("renamed")).doesNotExist();
        assertThat(Files.size(file)).isZero();
    }

    @Test
    void aSecondJobIsRefusedWhileTheFirstWrites() {
        JobConfig config = SmallModel.config(OptimizerKind.SGD).build();
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore second = model.store(folder, Disk.REAL)) {
                try (CheckpointStore first = model.store(folder, Disk.REAL)) {
                    first.openForWriting();
                    assertThatThrownBy(second::openForWriting)
                            .isInstanceOf(CheckpointException.class)
                            .hasMessageStartingWith("%s: another job writes checkpoints here (process %d, boot "
                                    .formatted(folder, ProcessHandle.current().pid()));
                }
                second.openForWriting();
            }
        });
    }
}
