package io.dlrm4j.criteo.npy;

import io.dlrm4j.criteo.store.Checksum;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Writes a `.npy` file row by row; the number of rows need not be known before.
///
/// The header has a fixed length and is written again, with the number of rows, by [#close], which also waits until the
/// disk has everything. Until then the header says 0 rows, so that a reader refuses a file that was left unfinished.
/// The checksum of a file that was only appended to is known without reading it.
public final class NpyWriter implements AutoCloseable {
    /// Bytes before the first element of every file written here.
    public static final int HEADER_BYTES = NpyHeader.WRITTEN_BYTES;

    private static final int COPY_BYTES = 1 << 20;

    private final Path file;
    private final BlockWriter out;
    private final NpyType type;
    private final List<Long> rowShape;
    private final long rowBytes;
    private final CRC32C bodyChecksum = new CRC32C();
    private boolean onlyAppended;

    private NpyWriter(Path file, boolean create, NpyType type, List<Long> rowShape) throws IOException {
        this.file = file;
        this.out = BlockWriter.open(file, create);
        this.onlyAppended = create;
        this.type = type;
        this.rowShape = List.copyOf(rowShape);
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
        NpyWriter writer = new NpyWriter(file, true, type, rowShape);
        writer.out.append(writer.header(0));
        return writer;
    }

    /// Opens a file that was written by this class, to go on after its last row.
    ///
    /// @param rowShape as it was created with
    public static NpyWriter reopen(Path file, NpyType type, List<Long> rowShape) throws IOException {
        return new NpyWriter(file, false, type, rowShape);
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
        return (out.end() - HEADER_BYTES) / rowBytes;
    }

    /// Appends what remains of `rows`: whole rows, little endian.
    public void write(ByteBuffer rows) throws IOException {
        if (rows.remaining() % rowBytes != 0) {
            throw new IllegalArgumentException(
                    "npy: %d bytes, want a multiple of a row's %d".formatted(rows.remaining(), rowBytes));
        }
        bodyChecksum.update(rows.duplicate());
        out.append(rows);
    }

    /// Moves the rows from `firstRow` on to the end of another file of the same type and row shape.
    public void moveTail(long firstRow, NpyWriter to) throws IOException {
        onlyAppended = false;
        out.flush();
        long from = HEADER_BYTES + firstRow * rowBytes;
        long end = out.end();
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.max(1, COPY_BYTES / rowBytes) * (int) rowBytes);
        for (long at = from; at < end; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
            if (!out.read(at, buffer)) {
                throw new IOException(
                        "%s: was cut at byte %d by somebody else while it was written".formatted(file, at));
            }
            at += buffer.position();
            to.write(buffer.flip());
        }
        out.truncate(from);
    }

    private ByteBuffer header(long rows) {
        List<Long> shape = new ArrayList<>(List.of(rows));
        shape.addAll(rowShape);
        return NpyHeader.encode(type, shape);
    }

    /// @return size and CRC32C of the file as [#close] leaves it, unless rows were moved from it or it was reopened
    public Optional<Manifest.FileEntry> entry() {
        if (!onlyAppended) {
            return Optional.empty();
        }
        CRC32C crc = new CRC32C();
        crc.update(header(rows()));
        int joined = Checksum.joined((int) crc.getValue(), (int) bodyChecksum.getValue(), out.end() - HEADER_BYTES);
        return Optional.of(new Manifest.FileEntry(
                String.valueOf(file.getFileName()), out.end(), Checksum.text(Integer.toUnsignedLong(joined))));
    }

    @Override
    public void close() throws IOException {
        try (out) {
            out.finish(header(rows()));
        }
    }
}
