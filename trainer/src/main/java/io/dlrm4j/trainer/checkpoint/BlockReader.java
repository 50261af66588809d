package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// Reads any bytes of one file through a buffer of one block; no byte leaves before its block has been verified.
final class BlockReader implements AutoCloseable {
    private final Path path;
    private final ShardFile file;
    private final MemorySegment block;
    private final ByteBuffer blockBytes;
    private final FileChannel channel;
    private final CRC32C crc = new CRC32C();
    private long loaded = -1;

    /// @param block the buffer, at least as large as the file's blocks
    /// @param blockSize bytes of a block of this file
    /// @throws CheckpointException when the file is missing or has another size than the manifest says
    BlockReader(Path folder, ShardFile file, MemorySegment block, int blockSize) throws IOException {
        this.path = folder.resolve(file.getName());
        this.file = file;
        this.block = block.asSlice(0, blockSize);
        this.blockBytes = this.block.asByteBuffer();
        this.channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        long blocks = Math.ceilDiv(file.getBytes(), (long) blockSize);
        if (channel.size() != file.getBytes() || blocks != file.getBlockCrc32CCount()) {
            long size = channel.size();
            channel.close();
            throw new CheckpointException(
                    "%s: %d bytes in %d checked blocks, want %d bytes in %d blocks; the file was cut or replaced"
                            .formatted(path, size, file.getBlockCrc32CCount(), file.getBytes(), blocks));
        }
    }

    /// Copies bytes from `from` on until `out` is full.
    ///
    /// @throws CheckpointException when a block is damaged
    void read(long from, MemorySegment out) throws IOException {
        long done = 0;
        while (done < out.byteSize()) {
            long position = from + done;
            load(position / block.byteSize());
            long inBlock = position % block.byteSize();
            long count = Math.min(out.byteSize() - done, blockBytes.limit() - inBlock);
            if (count <= 0) {
                throw new IOException("%s: byte %d, want less than %d".formatted(path, position, file.getBytes()));
            }
            MemorySegment.copy(block, inBlock, out, done, count);
            done += count;
        }
    }

    /// Reads the whole file and checks every block.
    ///
    /// @throws CheckpointException when a block is damaged
    void verify() throws IOException {
        for (long index = 0; index < file.getBlockCrc32CCount(); index++) {
            load(index);
        }
    }

    private void load(long index) throws IOException {
        if (index == loaded) {
            return;
        }
        loaded = -1;
        long from = index * block.byteSize();
        int size = (int) Math.clamp(file.getBytes() - from, 0, block.byteSize());
        blockBytes.position(0).limit(size);
        while (blockBytes.hasRemaining()) {
            if (channel.read(blockBytes, from + blockBytes.position()) < 0) {
                throw new CheckpointException("%s: ends at byte %d while it is read, want %d bytes"
                        .formatted(path, from + blockBytes.position(), file.getBytes()));
            }
        }
        crc.reset();
        crc.update(blockBytes.position(0));
        int want = size == 0 ? 0 : file.getBlockCrc32C((int) index);
        if ((int) crc.getValue() != want) {
            throw new CheckpointException("%s: block %d (bytes %d to %d): crc32c=%08x, want %08x; the file is damaged"
                    .formatted(path, index, from, from + size, crc.getValue(), want));
        }
        loaded = index;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
