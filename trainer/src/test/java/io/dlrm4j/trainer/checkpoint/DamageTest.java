package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What can happen to the files of a finished checkpoint of touched rows and its base: every damage is found, and file
/// and block are named.
class DamageTest {
    private static final int FLIPS = 1_000;

    @TempDir
    Path folder;

    private Path base = Path.of("");
    private Path newest = Path.of("");

    @BeforeEach
    void save() {
        JobConfig.Builder config = SmallModel.config(OptimizerKind.ADAGRAD);
        config.getCheckpointBuilder().setIncremental(true);
        LocalWorld.run(2, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config.build());
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config.build())) {
                    model.train(1, saver);
                    SavedCheckpoint full = model.save(saver);
                    model.train(1, saver);
                    SavedCheckpoint touched = model.save(saver);
                    assertThat(full.full()).isTrue();
                    assertThat(touched.full()).isFalse();
                    base = full.path();
                    newest = touched.path();
                }
            }
        });
        CheckpointFolder.verify(newest);
    }

    private List<Path> files() throws IOException {
        List<Path> all = new ArrayList<>();
        for (Path each : List.of(base, newest)) {
            try (Stream<Path> files = Files.list(each)) {
                files.sorted().forEach(all::add);
            }
        }
        assertThat(all).hasSize(8); // manifest, MLPs and two ranks, twice
        return all;
    }

    @Test
    void aThousandFlippedBitsAreAThousandFoundEachNamingFileAndBlock() throws IOException {
        Random random = new Random(20_261_121);
        List<Path> files = files();
        for (int flip = 0; flip < FLIPS; flip++) {
            Path file = files.get(random.nextInt(files.size()));
            long at = random.nextLong(Files.size(file));
            int bit = 1 << random.nextInt(8);
            boolean isManifest = file.endsWith(ManifestFile.NAME);
            long block = isManifest ? 0 : at / SmallModel.BLOCK_BYTES;

            flip(file, at, bit);

            assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                    .as("flip %d: bit %d of byte %d of %s", flip, bit, at, file)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(file + ": block " + block + " (bytes ");
            flip(file, at, bit);
        }
        CheckpointFolder.verify(newest);
    }

    private static void flip(Path file, long at, int bit) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int value = bytes.read();
            bytes.seek(at);
            bytes.write(value ^ bit);
        }
    }

    @Test
    void aFileCutAnywhereIsFoundAndNamed() throws IOException {
        for (Path file : files()) {
            byte[] whole = Files.readAllBytes(file);
            for (int cut = 0; cut < 20; cut++) {
                int size = cut == 19 ? whole.length - 1 : whole.length * cut / 20;
                Files.write(file, Arrays.copyOf(whole, size));
                assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                        .as("%s cut to %d bytes", file, size)
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining(file + ": ");
            }
            Files.write(file, whole);
        }
        CheckpointFolder.verify(newest);
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        for (Path file : files()) {
            byte[] whole = Files.readAllBytes(file);
            Files.delete(file);
            assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(file + ": no such file");
            Files.write(file, whole);
        }
    }

    @Test
    void aFileOfAnotherStepIsFound() throws IOException {
        byte[] other = Files.readAllBytes(base.resolve(RankFiles.DENSE_FILE));
        assertThat(Files.size(newest.resolve(RankFiles.DENSE_FILE))).isEqualTo(other.length);
        Files.write(newest.resolve(RankFiles.DENSE_FILE), other);

        assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                .hasMessageStartingWith(newest.resolve(RankFiles.DENSE_FILE) + ": block ");
    }

    @Test
    void aFileTooManyIsFound() throws IOException {
        Files.copy(base.resolve("rank-0001.safetensors"), newest.resolve("rank-0002.safetensors"));

        assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                .hasMessage(newest.resolve("rank-0002.safetensors")
                        + ": not in the manifest; it belongs elsewhere, move it away");
    }

    @Test
    void anotherCheckpointInTheBasesPlaceIsNotTakenForIt() throws IOException {
        Path other = folder.resolve("other");
        LocalWorld.run(1, communicator -> {
            JobConfig config = SmallModel.config(OptimizerKind.ADAGRAD).build();
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(other, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config)) {
                    model.train(1, saver);
                    SavedCheckpoint _ = model.save(saver);
                }
            }
        });
        new CheckpointFolder(folder).delete(base);
        Files.move(other.resolve("step-00000001"), base);

        assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                .hasMessageStartingWith(
                        "%s holds the rows touched since %s, but that is another one: crc32c=".formatted(newest, base));
    }

    @Test
    void aLinkToAFileElsewhereIsNotFollowed() throws IOException {
        Path file = newest.resolve(RankFiles.DENSE_FILE);
        Files.move(file, folder.resolve("elsewhere"));
        Files.createSymbolicLink(file, folder.resolve("elsewhere"));

        assertThatThrownBy(() -> CheckpointFolder.verify(newest))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(file + ": cannot be read");
    }
}
