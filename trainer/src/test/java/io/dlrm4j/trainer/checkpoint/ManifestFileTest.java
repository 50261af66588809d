package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ModelShape;
import io.dlrm4j.trainer.manifest.ShardFile;
import io.dlrm4j.trainer.manifest.TableShard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestFileTest {
    @TempDir
    Path folder;

    @Test
    void isReadBack() throws IOException {
        CheckpointManifest manifest = manifest("rank-0000.safetensors").build();
        int _ = ManifestFile.write(Disk.REAL, folder, manifest);

        assertThat(ManifestFile.read(folder)).isEqualTo(manifest);
    }

    @Test
    void aFlippedBitAnywhereIsFound() throws IOException {
        int _ = ManifestFile.write(
                Disk.REAL, folder, manifest("rank-0000.safetensors").build());
        Path file = folder.resolve(ManifestFile.NAME);
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(file, damaged);
            assertThatThrownBy(() -> ManifestFile.read(folder))
                    .as("bit %d", bit)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("the file is damaged");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "/etc/passwd", "a/b", "..", "", ".hidden", "a\\b", "name with space"})
    void refusesNamesThatLeadOutOfTheFolder(String name) throws IOException {
        int _ = ManifestFile.write(Disk.REAL, folder, manifest(name).build());

        assertThatThrownBy(() -> ManifestFile.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("%s: file name \"%s\", want a plain name that occurs once"
                        .formatted(folder.resolve(ManifestFile.NAME), name));
    }

    @Test
    void refusesAShardWhoseFileIsNotListed() throws IOException {
        int _ = ManifestFile.write(
                Disk.REAL,
                folder,
                manifest("a")
                        .addShards(TableShard.newBuilder().setTable(3).setFile("b"))
                        .build());

        assertThatThrownBy(() -> ManifestFile.read(folder))
                .hasMessageEndingWith("manifest.pb: table 3 lies in file \"b\", which is not listed");
    }

    @Test
    void refusesANewerFormat() throws IOException {
        int _ = ManifestFile.write(
                Disk.REAL, folder, manifest("a").setFormatVersion(4).build());

        assertThatThrownBy(() -> ManifestFile.read(folder))
                .hasMessageEndingWith("format version 4 of dlrm4j, want 1 to 3; use a newer version of dlrm");
    }

    @Test
    void aFolderWithoutManifestWasNotFinished() {
        assertThatThrownBy(() -> ManifestFile.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(folder.resolve(ManifestFile.NAME) + ": no such file; the checkpoint was not finished");
    }

    /// A manifest of a model without tables, with a file beside that of the MLPs.
    static CheckpointManifest.Builder manifest(String file) {
        return CheckpointManifest.newBuilder()
                .setFormatVersion(1)
                .setWriter("dlrm4j")
                .setBlockBytes(1 << 20)
                .setRanks(1)
                .setShape(ModelShape.newBuilder()
                        .setEmbeddingDim(2)
                        .addAllBottom(List.of(3, 2))
                        .addAllTop(List.of(2, 1))
                        .setInteraction("DOT")
                        .setLoss("BCE")
                        .setTableRule("SGD")
                        .setMlpRule("SGD"))
                .addFiles(ShardFile.newBuilder().setName(RankFiles.DENSE_FILE).setBytes(0))
                .addFiles(ShardFile.newBuilder().setName(file).setBytes(0));
    }
}
