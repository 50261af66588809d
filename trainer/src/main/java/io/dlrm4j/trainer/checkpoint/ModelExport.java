package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.engine.cpu.Dl4jFiles;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Writes a checkpoint's weights for other programs; optimizer state stays behind.
public final class ModelExport {
    private ModelExport() {}

    /// Writes one safetensors file: `bot.k.weight` `[out, in]`, `bot.k.bias` `[out]`, the same of `top`, and
    /// `emb.t.weight` `[rows, d]`, all float32.
    ///
    /// @param model stays open
    /// @param file does not exist; appears when it is whole
    /// @return its bytes
    /// @throws IOException when it cannot be written
    public static long safetensors(StoredModel model, Path file) throws IOException {
        FileImage image =
                new RankFiles(model.staging(), null).plain(model, String.valueOf(file.getFileName()) + ".tmp");
        Path folder = folderOf(file);
        Disk disk = Disk.REAL;
        disk.createFolders(folder);
        try (OffHeap memory = OffHeap.unlimited("export");
                BlockWriter out = new BlockWriter(
                        disk, folder, image.name(), memory.bytes("block", CheckpointStore.BLOCK_BYTES))) {
            image.body().writeTo(out);
            out.end();
            ShardFile _ = out.sync();
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(folder.resolve(image.name()));
            throw e;
        }
        disk.rename(folder.resolve(image.name()), file);
        disk.sync(folder);
        return image.bytes();
    }

    /// Writes both MLPs as DL4J networks: `bottom.zip`, from dense features to the bottom MLP's output, and `top.zip`,
    /// from the interaction's output to the probability.
    ///
    /// @param model stays open
    /// @param folder is made where it is missing
    /// @throws IOException when they cannot be written
    public static void dl4j(StoredModel model, Path folder) throws IOException {
        Disk.REAL.createFolders(folder);
        Dl4jFiles.write(model.shape(), model.denseWeights(), folder.resolve("bottom.zip"), folder.resolve("top.zip"));
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder");
    }
}
