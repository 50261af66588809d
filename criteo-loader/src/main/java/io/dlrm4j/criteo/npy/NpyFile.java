package io.dlrm4j.criteo.npy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// An open `.npy` file of `float32`, `int32` or `int64` in C order, little endian (NumPy format versions 1 to 3).
///
/// Elements are read with positioned reads: a file that shrinks then gives a short read, which is an exception that
/// names it. A mapping, for many small reads at random, needs [#checkUnchanged] before each use.
public final class NpyFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 24;

    private final Path file;
    private final FileChannel channel;
    private final NpyHeader header;

    private NpyFile(Path file, FileChannel channel, NpyHeader header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /// Opens a file and checks its header and its size.
    ///
    /// @throws DataException when it is absent or not such a file, naming it and what was found
    public static NpyFile open(Path file) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new DataException("%s: no such file".formatted(file), e);
        }
        try {
            return new NpyFile(file, channel, NpyHeader.read(file, channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// @return where it lies
    public Path file() {
        return file;
    }

    /// @return element type
    public NpyType type() {
        return header.type();
    }

    /// @return sizes of the dimensions
    public List<Long> shape() {
        return header.shape();
    }

    /// @return the number of elements
    public long elements() {
        return header.elements();
    }

    /// Checks type and shape.
    ///
    /// @throws DataException naming the file, what was found and what was wanted
    public NpyFile require(NpyType type, Long... shape) {
        List<Long> wanted = List.of(shape);
        if (header.type() != type || !header.shape().equals(wanted)) {
            throw new DataException("%s: %s of %s, want %s of %s"
                    .formatted(
                            file,
                            NpyHeader.text(header.shape()),
                            header.type().descr(),
                            NpyHeader.text(wanted),
                            type.descr()));
        }
        return this;
    }

    /// Fills what remains of `into` with the elements from `firstElement` on, as they lie in the file. Allocates
    /// nothing
    /// when `into` is direct.
    ///
    /// @throws DataException when the file has become shorter
    public void read(long firstElement, ByteBuffer into) throws IOException {
        long position = header.dataOffset() + firstElement * header.type().bytes();
        int wanted = into.remaining();
        if (!NpyHeader.fill(channel, position, into)) {
            throw new DataException(
                    "%s: ends %d bytes too early to read %d at byte %d; it has shrunk since it was opened"
                            .formatted(file, into.remaining(), wanted, position));
        }
    }

    /// Maps all elements. Where the file has shrunk since, access ends with an `InternalError` (JDK 25 on Linux).
    ///
    /// @param arena how long the mapping lasts
    /// @return the elements as they lie in the file, read-only
    public MemorySegment map(Arena arena) throws IOException {
        long bytes = elements() * type().bytes();
        return channel.map(FileChannel.MapMode.READ_ONLY, header.dataOffset(), bytes, arena);
    }

    /// @throws DataException when the file has another size than when it was opened
    public void checkUnchanged() throws IOException {
        long want = header.dataOffset() + elements() * type().bytes();
        if (channel.size() != want) {
            throw new DataException(
                    "%s: %d bytes, want %d as it had when it was opened".formatted(file, channel.size(), want));
        }
    }

    /// Reads everything into memory of `owner`.
    public Floats floats(OffHeap owner, String name) throws IOException {
        return new Floats(whole(NpyType.FLOAT32, owner, name));
    }

    /// Reads everything into memory of `owner`.
    public Ints ints(OffHeap owner, String name) throws IOException {
        return new Ints(whole(NpyType.INT32, owner, name));
    }

    private MemorySegment whole(NpyType type, OffHeap owner, String name) throws IOException {
        requireType(type);
        MemorySegment segment = owner.bytes(name, elements() * type.bytes());
        for (long from = 0; from < segment.byteSize(); from += CHUNK_BYTES) {
            long count = Math.min(CHUNK_BYTES, segment.byteSize() - from);
            read(from / type.bytes(), segment.asSlice(from, count).asByteBuffer());
        }
        return segment;
    }

    /// @return all elements of a `float32` file on the heap
    public static float[] floats(Path file) throws IOException {
        try (NpyFile npy = open(file)) {
            float[] values = new float[npy.length(NpyType.FLOAT32)];
            npy.onHeap().asFloatBuffer().get(values);
            return values;
        }
    }

    /// @return all elements of an `int32` file on the heap
    public static int[] ints(Path file) throws IOException {
        try (NpyFile npy = open(file)) {
            int[] values = new int[npy.length(NpyType.INT32)];
            npy.onHeap().asIntBuffer().get(values);
            return values;
        }
    }

    /// @return all elements of an `int64` file on the heap
    public static long[] longs(Path file) throws IOException {
        try (NpyFile npy = open(file)) {
            long[] values = new long[npy.length(NpyType.INT64)];
            npy.onHeap().asLongBuffer().get(values);
            return values;
        }
    }

    private int length(NpyType type) {
        requireType(type);
        if (elements() > Integer.MAX_VALUE / type.bytes()) {
            throw new DataException("%s: %d elements, want at most %d to read them onto the heap"
                    .formatted(file, elements(), Integer.MAX_VALUE / type.bytes()));
        }
        return (int) elements();
    }

    private ByteBuffer onHeap() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) elements() * type().bytes());
        read(0, buffer);
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private void requireType(NpyType type) {
        if (header.type() != type) {
            throw new DataException(
                    "%s: elements are %s, want %s".formatted(file, header.type().descr(), type.descr()));
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }
}
