package io.dlrm4j.criteo.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where the ids of some rows lie in a finished file.
///
/// @param file the file
/// @param from first byte of the first row
/// @param rows number of rows
/// @param stride integers of a row
/// @param first position of the first id in a row
record StoredIds(Path file, long from, long rows, int stride, int first) {
    private static final int CHUNK_ROWS = 4_096;

    /// Raises `maxima` to the largest id of each table.
    void raise(int[] maxima) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = buffer();
            for (long row = 0; row < rows; row += CHUNK_ROWS) {
                IntBuffer ints = read(channel, row, buffer);
                for (int i = 0; i < ints.limit(); i += stride) {
                    for (int t = 0; t < maxima.length; t++) {
                        maxima[t] = Math.max(maxima[t], ints.get(i + first + t));
                    }
                }
            }
        }
    }

    /// Replaces every id above its table's `maxima` by the one that follows it.
    void cap(int[] maxima) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = buffer();
            for (long row = 0; row < rows; row += CHUNK_ROWS) {
                IntBuffer ints = read(channel, row, buffer);
                for (int i = 0; i < ints.limit(); i += stride) {
                    for (int t = 0; t < maxima.length; t++) {
                        int at = i + first + t;
                        ints.put(at, Math.min(ints.get(at), maxima[t] + 1));
                    }
                }
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer, from + row * stride * Integer.BYTES + buffer.position());
                }
            }
            channel.force(true);
        }
    }

    private ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(CHUNK_ROWS * stride * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    private IntBuffer read(FileChannel channel, long row, ByteBuffer buffer) throws IOException {
        int count = (int) Math.min(CHUNK_ROWS, rows - row);
        buffer.clear().limit(count * stride * Integer.BYTES);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + row * stride * Integer.BYTES + buffer.position()) < 0) {
                throw new IOException("%s: was cut at row %d while it was written".formatted(file, row));
            }
        }
        return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip().asIntBuffer();
    }
}
