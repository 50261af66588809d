package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.checkpoint.FaultyDisk.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checkpoints of touched rows, and checkpoints written while training goes on: restored, they are the model as it was
/// when they were begun.
class IncrementalTest {
    @TempDir
    Path folder;

    private static JobConfig config(OptimizerKind kind, boolean asynchronous) {
        JobConfig.Builder config = SmallModel.config(kind);
        config.getCheckpointBuilder().setIncremental(true).setAsynchronous(asynchronous);
        return config.build();
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void aBaseAndWhatWasTouchedSinceAreTheWholeModel(OptimizerKind kind) {
        JobConfig config = config(kind, false);
        Map<String, float[]> want = new TreeMap<>();
        List<SavedCheckpoint> saved = new ArrayList<>();
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    for (int round = 0; round < 3; round++) {
                        model.train(2, saver);
                        saved.add(model.save(saver));
                    }
                    want.putAll(model.weights());
                }
            }
        });

        assertThat(saved).extracting(SavedCheckpoint::full).containsExactly(true, false, false);
        assertThat(saved.getLast().bytes()).isLessThan(saved.getFirst().bytes() / 2);
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                assertThat(model.restore(store)).isEqualTo(6);
                CrashTest.assertSame(model.weights(), want, "restored");
            }
        });
    }

    @ParameterizedTest(name = "written by {0} ranks")
    @ValueSource(ints = {1, 2, 3, 4})
    void anyNumberOfRanksReadsThem(int before) {
        JobConfig config = config(OptimizerKind.ROW_WISE_ADAGRAD, true);
        Map<String, float[]> want = Collections.synchronizedMap(new TreeMap<>());
        LocalWorld.run(before, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(2, saver);
                    SavedCheckpoint full = model.save(saver);
                    model.train(2, saver);
                    SavedCheckpoint touched = model.save(saver);
                    assertThat(full.full()).isTrue();
                    assertThat(touched.full()).isFalse();
                    want.putAll(model.weights());
                }
            }
        });

        for (int after = 1; after <= 4; after++) {
            LocalWorld.run(after, communicator -> {
                try (SmallModel model = new SmallModel(communicator, config);
                        CheckpointStore store = model.store(folder, Disk.REAL)) {
                    assertThat(model.restore(store)).isEqualTo(4);
                    CrashTest.assertSame(model.weights(), want, "on rank " + communicator.rank());
                }
            });
        }
    }

    @Test
    void aNewBaseIsWrittenWhenTouchedRowsTakeMoreThanHalf() {
        JobConfig config = config(OptimizerKind.SGD, false);
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    List<SavedCheckpoint> saved = new ArrayList<>();
                    while (saved.stream().filter(SavedCheckpoint::full).count() < 3) {
                        model.train(5, saver);
                        saved.add(model.save(saver));
                        assertThat(saved).as("three bases").hasSizeLessThan(200);
                    }
                    for (SavedCheckpoint each : saved) {
                        assertThat(each.full() || each.bytes() < 0.6 * each.fullBytes())
                                .isTrue();
                    }
                    assertThat(saved.stream().filter(each -> !each.full()).count())
                            .isGreaterThan(3);
                    CheckpointFolder.verify(saved.getLast().path());
                }
            }
        });
    }

    @Test
    void trainingGoesOnWhileTheModelAsItWasIsWritten() {
        JobConfig config = config(OptimizerKind.ADAGRAD, true);
        Map<String, float[]> want = Collections.synchronizedMap(new TreeMap<>());
        LocalWorld.run(2, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(2, saver);
                    want.putAll(model.weights());
                    saver.begin(model.position(), System.nanoTime());
                    SavedCheckpoint saved = null;
                    int steps = 0;
                    while (saved == null) {
                        saver.startPoll();
                        model.train(1, saver);
                        steps++;
                        saved = saver.poll();
                        assertThat(steps).isLessThan(100_000);
                    }
                    assertThat(steps).as("one to be ready, one to commit").isGreaterThanOrEqualTo(2);
                    assertThat(saved.step()).isEqualTo(2);
                    assertThat(saved.stallNanos()).isBetween(1L, saved.nanos());
                    assertThat(saver.isUnderWay()).isFalse();
                }
            }
        });

        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                assertThat(model.restore(store)).isEqualTo(2);
                CrashTest.assertSame(model.weights(), want, "as it was at step 2");
            }
        });
    }

    @ParameterizedTest(name = "the one before fails: {0}")
    @CsvSource({"false", "true"})
    void rowsTouchedWhileABaseWasWrittenAreInTheNext(boolean fails) {
        JobConfig config = config(OptimizerKind.ADAGRAD, true);
        FaultyDisk disk = new FaultyDisk(fails ? Fault.NO_SPACE : Fault.NONE, 4);
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, disk)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(2, saver);
                    disk.arm();
                    saver.begin(model.position(), System.nanoTime());
                    model.train(2, saver); // after the copy was taken
                    if (fails) {
                        assertThatThrownBy(saver::finish).hasMessageContaining("No space left on device");
                    } else {
                        assertThat(saver.finish().full()).isTrue();
                    }
                    model.train(1, saver);
                    SavedCheckpoint next = model.save(saver);
                    assertThat(next.full()).isEqualTo(fails);
                    Map<String, float[]> want = model.weights();
                    assertThat(model.restore(store)).isEqualTo(5);
                    CrashTest.assertSame(model.weights(), want, "restored");
                }
            }
        });
    }

    /// The first rank waits for the second before anything is written.
    @Test
    void theWaitForALateRankIsInBothTimesOfACheckpoint() {
        JobConfig config = config(OptimizerKind.SGD, true);
        LocalWorld.run(2, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(1, saver);
                    long late = communicator.rank() == 0 ? 0 : TimeUnit.MILLISECONDS.toNanos(100);
                    LockSupport.parkNanos(late);
                    SavedCheckpoint saved = model.save(saver);
                    assertThat(saved.stallNanos()).isBetween(1L, saved.nanos());
                }
            }
        });
    }

    @Test
    void oldCheckpointsGoAndTheBasesOfThoseThatStayDoNot() throws IOException {
        JobConfig config = config(OptimizerKind.SGD, false);
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    for (int round = 0; round < 5; round++) {
                        model.train(1, saver);
                        SavedCheckpoint _ = model.save(saver);
                    }
                    assertThat(new CheckpointFolder(folder).newestFirst())
                            .extracting(Path::getFileName)
                            .extracting(Objects::toString)
                            .containsExactly("step-00000005", "step-00000004", "step-00000001");
                    assertThat(Files.exists(folder.resolve("step-00000002.tmp")))
                            .isFalse();
                }
            }
        });
    }
}
