package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.CheckpointManifest;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes the files of one rank: all bytes first, then durable all together.
final class RankWriter implements Closeable {
    private final Disk disk;
    private final Path folder;
    private final MemorySegment block;
    private final List<BlockWriter> open = new ArrayList<>();

    /// @param folder of the checkpoint, unfinished
    /// @param block buffer of one block
    RankWriter(Disk disk, Path folder, MemorySegment block) {
        this.disk = disk;
        this.folder = folder;
        this.block = block;
    }

    /// Writes a file up to its last byte.
    ///
    /// @param between called now and then
    void write(FileImage image, Runnable between) throws IOException {
        BlockWriter writer = new BlockWriter(disk, folder, image.name(), block);
        open.add(writer);
        image.body().writeTo(bytes -> {
            writer.write(bytes);
            between.run();
        });
        writer.end();
    }

    /// Waits until the device has all files.
    ///
    /// @return their names, sizes and checksums, as a part of the manifest
    CheckpointManifest.Builder sync() throws IOException {
        CheckpointManifest.Builder part = CheckpointManifest.newBuilder();
        for (BlockWriter writer : open) {
            part.addFiles(writer.sync());
        }
        return part;
    }

    @Override
    public void close() throws IOException {
        for (BlockWriter writer : open) {
            writer.close();
        }
    }
}
