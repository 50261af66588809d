package io.dlrm4j.criteo.npy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Writes a `.npy` file row by row; the number of rows need not be known before.
///
/// The header has a fixed length and is written again, with the number of rows, by [#close], which also waits until the
/// disk has everything. Until then the header says 0 rows, so that a reader refuses a file that was left unfinished.
public final class NpyWriter implements AutoCloseable {
    /// Bytes before the first element of every file written here.
    public static final int HEADER_BYTES = NpyHeader.WRITTEN_BYTES;

    private static final int COPY_BYTES = 1 << 20;

    private final FileChannel channel;
    private final NpyType type;
    private final List<Long> rowShape;
    private final long rowBytes;
    private long end = HEADER_BYTES;

    private NpyWriter(FileChannel channel, NpyType type, List<Long> rowShape) {
        this.channel = channel;
        this.type = type;
        this.rowShape = rowShape;
        long elements = 1;
        for (long size : rowShape) {
            elements *= size;
        }
        this.rowBytes = elements * type.bytes();
    }

    /// Creates a file, which must not exist.
    ///
    /// @param rowShape sizes of the dimensions after the first; empty for a vector
    public static NpyWriter create(Path file, NpyType type, List<Long> rowShape) throws IOException {
        FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        NpyWriter writer = new NpyWriter(channel, type, List.copyOf(rowShape));
        writer.writeHeader(0);
        return writer;
    }

    /// Opens a file that was written by this class, to go on after its last row.
    ///
    /// @param rowShape as it was created with
    public static NpyWriter reopen(Path file, NpyType type, List<Long> rowShape) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        NpyWriter writer = new NpyWriter(channel, type, List.copyOf(rowShape));
        writer.end = channel.size();
        return writer;
    }

    /// Writes a vector of `int32` as one file.
    public static void writeInts(Path file, int[] values) throws IOException {
        try (NpyWriter writer = create(file, NpyType.INT32, List.of())) {
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int from = 0; from < values.length; from += COPY_BYTES / Integer.BYTES) {
                int count = Math.min(COPY_BYTES / Integer.BYTES, values.length - from);
                buffer.clear().asIntBuffer().put(values, from, count);
                writer.write(buffer.limit(count * Integer.BYTES));
            }
        }
    }

    /// @return complete rows so far
    public long rows() {
        return (end - HEADER_BYTES) / rowBytes;
    }

    /// Appends what remains of `rows`: whole rows, little endian.
    public void write(ByteBuffer rows) throws IOException {
        if (rows.remaining() % rowBytes != 0) {
            throw new IllegalArgumentException(
                    "npy: %d bytes, want a multiple of a row's %d".formatted(rows.remaining(), rowBytes));
        }
        while (rows.hasRemaining()) {
            end += channel.write(rows, end);
        }
    }

    /// Moves the rows from `firstRow` on to the end of another file of the same type and row shape.
    public void moveTail(long firstRow, NpyWriter to) throws IOException {
        long from = HEADER_BYTES + firstRow * rowBytes;
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.max(1, COPY_BYTES / rowBytes) * (int) rowBytes);
        for (long at = from; at < end; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
            if (!NpyHeader.fill(channel, at, buffer)) {
                throw new IOException("npy: the file being written was cut at byte %d by somebody else".formatted(at));
            }
            at += buffer.position();
            to.write(buffer.flip());
        }
        channel.truncate(from);
        end = from;
    }

    private void writeHeader(long rows) throws IOException {
        List<Long> shape = new ArrayList<>(List.of(rows));
        shape.addAll(rowShape);
        ByteBuffer header = NpyHeader.encode(type, shape);
        while (header.hasRemaining()) {
            channel.write(header, header.position());
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            writeHeader(rows());
            channel.force(true);
        }
    }
}
