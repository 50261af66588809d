package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// Writes one file front to back through a buffer of one block and takes the CRC-32C of each block on the way.
final class BlockWriter implements Sink, AutoCloseable {
    private final String name;
    private final MemorySegment block;
    private final ByteBuffer blockBytes;
    private final Disk.Out out;
    private final CRC32C crc = new CRC32C();
    private final ShardFile.Builder written;
    private long filled;
    private long flushed;

    /// @param block the buffer, whose size is the size of a block
    BlockWriter(Disk disk, Path folder, String name, MemorySegment block) throws IOException {
        this.name = name;
        this.block = block;
        this.blockBytes = block.asByteBuffer();
        this.written = ShardFile.newBuilder().setName(name);
        this.out = disk.create(folder.resolve(name));
    }

    @Override
    public void write(MemorySegment source) throws IOException {
        long from = 0;
        while (from < source.byteSize()) {
            long count = Math.min(source.byteSize() - from, block.byteSize() - filled);
            MemorySegment.copy(source, from, block, filled, count);
            filled += count;
            from += count;
            if (filled == block.byteSize()) {
                flush();
            }
        }
    }

    /// Writes what is left in the buffer, which from here on serves others.
    void end() throws IOException {
        if (filled > 0) {
            flush();
        }
    }

    /// Waits until the device has all that was written.
    ///
    /// @return name, size and checksums
    ShardFile sync() throws IOException {
        out.force();
        if (out.size() != flushed) {
            throw new IOException("%s: %d bytes on disk, want %d".formatted(name, out.size(), flushed));
        }
        return written.setBytes(flushed).build();
    }

    private void flush() throws IOException {
        blockBytes.position(0).limit((int) filled);
        crc.reset();
        crc.update(blockBytes);
        written.addBlockCrc32C((int) crc.getValue());
        out.write(blockBytes.position(0));
        flushed += filled;
        filled = 0;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
