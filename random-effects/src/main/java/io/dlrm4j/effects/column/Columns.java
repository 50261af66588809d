package io.dlrm4j.effects.column;

import io.dlrm4j.core.memory.Ints;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Makes columns, all zero, and owns them.
///
/// ```
/// try (Columns columns = Columns.in(folder)) {
///     Doubles labels = columns.doubles(samples); // a mapped file that has no name any more
/// }
/// ```
///
/// A file's name is gone as soon as it is open: nothing is left behind, however the process ends. Its zeros are
/// written, so that a disk without room is an error here and not a fault at some later write.
public final class Columns implements Closeable {
    private static final int PIECE = 1 << 20;

    private final @Nullable Path folder;
    private final Arena arena = Arena.ofShared();
    private final AtomicLong bytes = new AtomicLong();

    private Columns(@Nullable Path folder) {
        this.folder = folder;
    }

    /// @param folder of the files, which exists
    public static Columns in(Path folder) {
        return new Columns(folder);
    }

    /// Columns on the heap, for few samples.
    public static Columns onHeap() {
        return new Columns(null);
    }

    /// @throws IOException when there is no room for a file
    public Doubles doubles(long rows) throws IOException {
        return new Doubles(zeros(rows, Double.BYTES));
    }

    /// @throws IOException when there is no room for a file
    public Longs longs(long rows) throws IOException {
        return new Longs(zeros(rows, Long.BYTES));
    }

    /// @throws IOException when there is no room for a file
    public Ints ints(long rows) throws IOException {
        return new Ints(zeros(rows, Integer.BYTES));
    }

    /// @return bytes of all columns made
    public long bytes() {
        return bytes.get();
    }

    private MemorySegment zeros(long rows, int width) throws IOException {
        long size = Math.multiplyExact(rows, width);
        bytes.addAndGet(size);
        if (size == 0) {
            return MemorySegment.NULL;
        }
        if (folder == null) {
            return MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
        }
        Path file = Files.createTempFile(folder, "dlrm-column-", "");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.delete(file);
            ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(size, PIECE));
            for (long at = 0; at < size; ) {
                piece.clear().limit((int) Math.min(size - at, PIECE));
                at += channel.write(piece, at);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        } catch (IOException e) {
            throw new IOException(
                    "%s: no room for a column of %d samples, %d bytes: %s"
                            .formatted(folder, rows, size, e.getMessage()),
                    e);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /// Gives the files back; the columns must not be used any more.
    @Override
    public void close() {
        arena.close();
    }
}
