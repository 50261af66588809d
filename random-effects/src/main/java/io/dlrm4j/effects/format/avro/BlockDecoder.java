package io.dlrm4j.effects.format.avro;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/// Decodes the values of one block in memory. Every length and every count is held against the bytes that are left
/// before anything is allocated for it; Avro's own decoder allocates first.
final class BlockDecoder extends Decoder {
    private byte[] bytes = new byte[0];
    private int at;

    void begin(byte[] block) {
        bytes = block;
        at = 0;
    }

    int left() {
        return bytes.length - at;
    }

    private void need(long count, String what) throws IOException {
        if (count < 0 || count > left()) {
            throw new EOFException("%s of %d bytes, %d are left in the block".formatted(what, count, left()));
        }
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() throws IOException {
        need(1, "a boolean");
        byte value = bytes[at++];
        if (value != 0 && value != 1) {
            throw new IOException("a boolean is %d, want 0 or 1".formatted(value));
        }
        return value == 1;
    }

    @Override
    public int readInt() throws IOException {
        long value = readLong();
        if (value != (int) value) {
            throw new IOException("an int is %d, want 32 bits".formatted(value));
        }
        return (int) value;
    }

    @Override
    public long readLong() throws IOException {
        long zigzag = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            need(1, "a number");
            byte next = bytes[at++];
            zigzag |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return (zigzag >>> 1) ^ -(zigzag & 1);
            }
        }
        throw new IOException("a number of more than ten bytes");
    }

    @Override
    public float readFloat() throws IOException {
        return Float.intBitsToFloat((int) littleEndian(Float.BYTES));
    }

    @Override
    public double readDouble() throws IOException {
        return Double.longBitsToDouble(littleEndian(Double.BYTES));
    }

    private long littleEndian(int count) throws IOException {
        need(count, "a floating point number");
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (bytes[at + i] & 0xFFL) << (8 * i);
        }
        at += count;
        return value;
    }

    private int length(String what) throws IOException {
        long length = readLong();
        need(length, what);
        return (int) length;
    }

    @Override
    public Utf8 readString(@Nullable Utf8 old) throws IOException {
        int length = length("a string");
        Utf8 text = old == null ? new Utf8() : old;
        text.setByteLength(length);
        System.arraycopy(bytes, at, text.getBytes(), 0, length);
        at += length;
        return text;
    }

    @Override
    public String readString() throws IOException {
        int length = length("a string");
        at += length;
        return new String(bytes, at - length, length, StandardCharsets.UTF_8);
    }

    @Override
    public void skipString() throws IOException {
        at += length("a string");
    }

    @Override
    public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
        int length = length("bytes");
        at += length;
        return ByteBuffer.wrap(bytes.clone(), at - length, length).slice();
    }

    @Override
    public void skipBytes() throws IOException {
        at += length("bytes");
    }

    @Override
    public void readFixed(byte[] into, int start, int length) throws IOException {
        need(length, "fixed bytes");
        System.arraycopy(bytes, at, into, start, length);
        at += length;
    }

    @Override
    public void skipFixed(int length) throws IOException {
        need(length, "fixed bytes");
        at += length;
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public int readIndex() throws IOException {
        return readInt();
    }

    /// A negative count is followed by the size of the items in bytes.
    private long items() throws IOException {
        long count = readLong();
        if (count < 0) {
            count = -count;
            need(readLong(), "items");
        }
        need(count, "items"); // each takes a byte or more
        return count;
    }

    private long skipItems() throws IOException {
        long count = readLong();
        while (count < 0) {
            at += length("items");
            count = readLong();
        }
        need(count, "items");
        return count;
    }

    @Override
    public long readArrayStart() throws IOException {
        return items();
    }

    @Override
    public long arrayNext() throws IOException {
        return items();
    }

    @Override
    public long skipArray() throws IOException {
        return skipItems();
    }

    @Override
    public long readMapStart() throws IOException {
        return items();
    }

    @Override
    public long mapNext() throws IOException {
        return items();
    }

    @Override
    public long skipMap() throws IOException {
        return skipItems();
    }
}
