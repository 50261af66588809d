package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFolderTest {
    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    /// Saves at each of `steps`, each full.
    private void save(int... steps) {
        JobConfig config = SmallModel.config(OptimizerKind.SGD).build();
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder.resolve("saved"), Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    for (int step : steps) {
                        model.train((int) (step - model.steps()), saver);
                        SavedCheckpoint _ = model.save(saver);
                    }
                }
            }
        });
    }

    private List<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(folder.resolve("saved"))) {
            return entries.map(entry -> Objects.toString(entry.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void allBelongsToItsUserAlone() throws IOException {
        save(1);
        try (Stream<Path> all = Files.walk(folder.resolve("saved"))) {
            for (Path each : all.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                        .as(each.toString())
                        .isEqualTo(Files.isDirectory(each) ? "rwx------" : "rw-------");
            }
        }
    }

    @Test
    void whatACrashLeftIsSweptAndWhatPeopleLeftIsNot() throws IOException {
        save(1);
        Path saved = folder.resolve("saved");
        Files.createDirectory(saved.resolve("step-00000002.tmp"));
        Files.writeString(saved.resolve("step-00000002.tmp/rank-0000.safetensors"), "half");
        Files.createDirectory(saved.resolve("step-00000003.damaged"));
        Files.writeString(saved.resolve("notes.txt"), "mine");

        save(4);

        assertThat(names())
                .containsExactly("lock", "notes.txt", "step-00000001", "step-00000003.damaged", "step-00000004");
    }

    @Test
    void damagedOnesThatAreNewerAreSetAsideSoThatTheyCostNoWholeOne() throws IOException {
        save(1, 2, 3);
        Path saved = folder.resolve("saved");
        Files.delete(saved.resolve("step-00000003/dense.safetensors"));
        JobConfig config = SmallModel.config(OptimizerKind.SGD).build();

        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = new CheckpointStore(
                            new CheckpointFolder(saved),
                            communicator,
                            model.memory(),
                            warnings::add,
                            SmallModel.BLOCK_BYTES)) {
                store.openForWriting();
                store.setAsideNewerThan(Objects.requireNonNull(store.newest()));
            }
        });

        assertThat(names()).containsExactly("lock", "step-00000002", "step-00000003.damaged");
        assertThat(warnings)
                .containsExactly(
                        "skipped a checkpoint: %s/step-00000003/dense.safetensors: no such file".formatted(saved),
                        "set aside: %s/step-00000003.damaged".formatted(saved));
    }

    @Test
    void aDamagedOneDoesNotCountAsKept() throws IOException {
        save(1, 2);
        Path manifest = folder.resolve("saved/step-00000002/manifest.pb");
        byte[] bytes = Files.readAllBytes(manifest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(manifest, bytes);

        new CheckpointFolder(folder.resolve("saved")).prune(2);
        assertThat(names()).containsExactly("lock", "step-00000001", "step-00000002");

        save(3);
        assertThat(names()).contains("step-00000001", "step-00000003");
    }
}
