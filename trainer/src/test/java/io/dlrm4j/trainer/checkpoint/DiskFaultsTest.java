package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.checkpoint.FaultyDisk.Fault;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The disk is full, or fails once, at every operation in turn: the attempt ends with a sentence on all ranks, nothing
/// is
/// left of it, the checkpoints before are whole, and the next attempt succeeds.
class DiskFaultsTest {
    private static final int MANY = 1_000;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0} ranks, asynchronous {1}")
    @CsvSource({"1, false", "2, true"})
    void everyFailedOperationLeavesTheOldCheckpointAndASentence(int ranks, boolean asynchronous) {
        JobConfig.Builder config = SmallModel.config(OptimizerKind.SGD);
        config.getCheckpointBuilder().setAsynchronous(asynchronous);
        int failed = 0;
        for (int at = 0; at < MANY; at++) {
            FaultyDisk disk = new FaultyDisk(Fault.NO_SPACE, at);
            Path checkpoints = folder.resolve("full-" + at);
            LocalWorld.run(ranks, communicator -> {
                try (SmallModel model = new SmallModel(communicator, config.build());
                        CheckpointStore store = model.store(checkpoints, disk)) {
                    saveWithOneFault(model, store, config.build(), disk);
                }
            });
            if (!disk.hasFailed()) {
                break;
            }
            failed++;
        }
        assertThat(failed).isBetween(10, MANY - 1);
    }

    private static void saveWithOneFault(SmallModel model, CheckpointStore store, JobConfig config, FaultyDisk disk) {
        store.openForWriting();
        try (CheckpointSaver saver = model.saver(store, config)) {
            model.train(1, saver);
            SavedCheckpoint before = model.save(saver);
            model.train(1, saver);
            model.communicator().gatherBytes(new byte[0]);
            disk.arm();
            model.communicator().gatherBytes(new byte[0]);
            try {
                SavedCheckpoint after = model.save(saver);
                CheckpointFolder.verify(after.path()); // the fault was in the deletion of old ones, or in none
            } catch (CheckpointException e) {
                assertThat(e).hasMessageContaining("No space left on device").hasMessageContaining("checkpoint.path");
            }
            model.communicator().gatherBytes(new byte[0]);
            disk.disarm();
            model.communicator().gatherBytes(new byte[0]);
            assertThat(before.path().resolveSibling("step-00000002.tmp")).doesNotExist();
            CheckpointFolder.verify(before.path());
            model.train(1, saver);
            SavedCheckpoint next = model.save(saver);
            CheckpointFolder.verify(next.path());
        }
    }

    @ParameterizedTest
    @CsvSource({"/proc/checkpoints", "/dev/null/checkpoints"})
    void aFolderThatCannotBeIsRefusedAtTheStart(String path) {
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(
                            communicator, SmallModel.config(OptimizerKind.SGD).build());
                    CheckpointStore store = model.store(Path.of(path), Disk.REAL)) {
                assertThatThrownBy(store::openForWriting)
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageStartingWith("rank 0: " + path)
                        .hasMessageEndingWith("checkpoint.path must be a folder that all ranks share and may write to");
            }
        });
    }
}
