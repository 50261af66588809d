package io.dlrm4j.criteo.npy;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Appends to a file in blocks that go past the page cache, where the file system lets them.
///
/// Prepared days are larger than memory and read much later. Through the page cache every byte of them costs a copy, a
/// page to be found for it and the wait for both at the end, together as much of a core as parsing the lines. Where
/// direct writes are refused, as in memory file systems, the same blocks go through the page cache.
///
/// One thread. What was appended is in the file after [#flush].
final class BlockWriter implements AutoCloseable {
    private static final int BLOCK_BYTES = 4 << 20;

    private final Path file;
    private final Arena arena = Arena.ofConfined();
    private final FileChannel channel; // for what is no whole block, and for reading
    private final long alignment;
    private final ByteBuffer block; // what is not in the file as a whole block
    private @Nullable FileChannel direct;
    private long blockStart; // of the file, a multiple of the alignment

    private BlockWriter(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.alignment = Files.getFileStore(file).getBlockSize();
        this.direct = BLOCK_BYTES % alignment == 0 ? openDirect(file) : null;
        this.block = arena.allocate(BLOCK_BYTES, alignment).asByteBuffer();
        goOnAt(channel.size());
    }

    private void goOnAt(long end) throws IOException {
        blockStart = end - end % alignment;
        if (!NpyHeader.fill(channel, blockStart, block.clear().limit((int) (end - blockStart)))) {
            throw new EOFException("%s: was cut by somebody else while it was written".formatted(file));
        }
        block.limit(BLOCK_BYTES);
    }

    private static @Nullable FileChannel openDirect(Path file) {
        try {
            return FileChannel.open(file, StandardOpenOption.WRITE, directOption());
        } catch (IOException | ReflectiveOperationException | UnsupportedOperationException e) {
            return null; // the page cache does as well, it only takes longer
        }
    }

    /// Of the module jdk.unsupported, by its name: a runtime image may lack it, and a compiler warns of it.
    private static OpenOption directOption() throws ReflectiveOperationException {
        Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
        return (OpenOption) options.getField("DIRECT").get(null);
    }

    /// Opens a file to go on after its last byte.
    ///
    /// @param create whether the file is new; it must not exist then
    static BlockWriter open(Path file, boolean create) throws IOException {
        StandardOpenOption how = create ? StandardOpenOption.CREATE_NEW : StandardOpenOption.WRITE;
        FileChannel channel = FileChannel.open(file, how, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new BlockWriter(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// @return bytes of the file, appended ones included
    long end() {
        return blockStart + block.position();
    }

    /// Appends what remains of `bytes`.
    void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = Math.min(bytes.remaining(), block.remaining());
            block.put(block.position(), bytes, bytes.position(), count);
            block.position(block.position() + count);
            bytes.position(bytes.position() + count);
            if (!block.hasRemaining()) {
                writeWhole();
                blockStart += BLOCK_BYTES;
                block.clear();
            }
        }
    }

    private void writeWhole() throws IOException {
        FileChannel past = direct;
        try {
            write(past == null ? channel : past);
        } catch (IOException e) {
            if (past == null) {
                throw e;
            }
            direct = null; // a file system that opens so and then refuses; a full one refuses once more below
            past.close();
            write(channel);
        }
    }

    private void write(FileChannel to) throws IOException {
        ByteBuffer whole = block.duplicate().flip();
        for (long at = blockStart; whole.hasRemaining(); ) {
            at += to.write(whole, at);
        }
    }

    /// Brings everything appended into the file, where others and [#read] see it.
    void flush() throws IOException {
        write(channel);
    }

    /// Reads until `into` is full, what has been flushed.
    ///
    /// @return false when the file ends before
    boolean read(long at, ByteBuffer into) throws IOException {
        return NpyHeader.fill(channel, at, into);
    }

    /// Cuts the file, of which everything must have been flushed.
    void truncate(long end) throws IOException {
        channel.truncate(end);
        goOnAt(end);
    }

    /// Flushes, writes over the file's first bytes and waits until the disk has everything. Nothing may be appended
    /// after it.
    void finish(ByteBuffer first) throws IOException {
        flush();
        while (first.hasRemaining()) {
            channel.write(first, first.position());
        }
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        FileChannel past = direct;
        try (arena;
                channel) {
            if (past != null) {
                past.close();
            }
        }
    }
}
