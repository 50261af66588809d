package io.dlrm4j.criteo.npy;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// What stands before the elements of a `.npy` file.
///
/// ```
/// 0    6          8                10 (v1) or 12 (v2, v3)                       dataOffset
/// | \x93NUMPY | major minor | length, u16 or u32 | {'descr': '<f4', …, }  \n | elements
/// ```
///
/// @param type element type
/// @param shape sizes of the dimensions, in C order
/// @param dataOffset bytes before the first element
record NpyHeader(NpyType type, List<Long> shape, long dataOffset) {
    /// Length of every header written here: room for any shape, and the elements start aligned.
    static final int WRITTEN_BYTES = 128;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_TEXT = 65_536;

    NpyHeader {
        shape = List.copyOf(shape);
    }

    /// @return the product of the dimensions
    long elements() {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    /// Reads and checks the header, and that the file is as long as it says.
    static NpyHeader read(Path file, FileChannel channel) throws IOException {
        ByteBuffer start = bytes(channel, 0, 12);
        if (start.limit() < 12 || !start.slice(0, 6).equals(ByteBuffer.wrap(MAGIC))) {
            throw new DataException("%s: not a .npy file, want the first bytes \\x93NUMPY".formatted(file));
        }
        int major = start.get(6);
        if (major < 1 || major > 3) {
            throw new DataException("%s: .npy version %d, want 1, 2 or 3".formatted(file, major));
        }
        int textStart = major == 1 ? 10 : 12;
        long length = major == 1 ? Short.toUnsignedLong(start.getShort(8)) : Integer.toUnsignedLong(start.getInt(8));
        ByteBuffer text = bytes(channel, textStart, (int) Math.min(length, MAX_TEXT));
        if (text.limit() < length) {
            throw new DataException(
                    "%s: header of %d bytes, want it whole and at most %d bytes".formatted(file, length, MAX_TEXT));
        }
        NpyHeader header =
                new NpyHeaderText(file, StandardCharsets.ISO_8859_1.decode(text).toString()).parse(textStart + length);
        header.checkSize(file, channel.size());
        return header;
    }

    private static ByteBuffer bytes(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        fill(channel, position, buffer);
        return buffer.flip();
    }

    /// Reads until `into` is full or the file ends.
    ///
    /// @return whether it is full
    static boolean fill(FileChannel channel, long position, ByteBuffer into) throws IOException {
        long next = position;
        int count = 0;
        while (into.hasRemaining() && count >= 0) {
            count = channel.read(into, next);
            next += count;
        }
        return !into.hasRemaining();
    }

    private void checkSize(Path file, long found) {
        long want;
        try {
            want = Math.addExact(dataOffset, Math.multiplyExact(elements(), (long) type.bytes()));
        } catch (ArithmeticException e) {
            throw new DataException("%s: shape %s is beyond any file".formatted(file, text(shape)), e);
        }
        if (found != want) {
            throw new DataException("%s: %d bytes, want %d for shape %s of %s; the file is %s"
                    .formatted(file, found, want, text(shape), type.descr(), found < want ? "cut short" : "too long"));
        }
    }

    /// @return the shape as Python prints it: `(3,)`
    static String text(List<Long> shape) {
        String sizes = shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return shape.size() == 1 ? "(" + sizes + ",)" : "(" + sizes + ")";
    }

    /// @return a version 1 header of [#WRITTEN_BYTES] bytes
    static ByteBuffer encode(NpyType type, List<Long> shape) {
        String text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type.descr(), text(shape));
        if (text.length() > WRITTEN_BYTES - 11) {
            throw new IllegalArgumentException("npy shape %s: too long for the header".formatted(shape));
        }
        ByteBuffer buffer = ByteBuffer.allocate(WRITTEN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (WRITTEN_BYTES - 10));
        buffer.put(text.getBytes(StandardCharsets.US_ASCII));
        while (buffer.position() < WRITTEN_BYTES - 1) {
            buffer.put((byte) ' ');
        }
        return buffer.put((byte) '\n').flip();
    }
}
