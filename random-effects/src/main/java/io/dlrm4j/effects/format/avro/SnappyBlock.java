package io.dlrm4j.effects.format.avro;

import java.io.IOException;
import java.util.Arrays;

/// Decompresses one block of Snappy's raw format (github.com/google/snappy, `format_description.txt`).
///
/// ```
/// block    length of the plain bytes, varint | elements
/// literal  tag xxxxxx00, its length - 1 in the tag, or in 1 to 4 bytes behind it where the tag says 60 to 63
/// copy     tag ooolll01 o: distance in 11 bits, length 4 to 11
///          tag llllll10 oo: distance in 16 bits, length 1 to 64; tag ..11: distance in 32 bits
/// ```
final class SnappyBlock {
    private static final int LONGEST_LENGTH = 60; // of a literal, in its tag

    private final byte[] in;
    private final int end;
    private int at;
    private byte[] out = new byte[0];
    private int filled;

    private SnappyBlock(byte[] in, int end) {
        this.in = in;
        this.end = end;
    }

    /// @param in the block in its first `length` bytes
    /// @param most the most plain bytes that are wanted
    /// @throws IOException when the block is damaged or larger
    static byte[] decompress(byte[] in, int length, int most) throws IOException {
        return new SnappyBlock(in, length).run(most);
    }

    private byte[] run(int most) throws IOException {
        long plain = 0;
        int shift = 0;
        int next;
        do {
            next = next();
            plain |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next >= 0x80 && shift < 35);
        if (next >= 0x80 || plain > most) {
            throw new IOException("snappy: %d plain bytes, want at most %d".formatted(plain, most));
        }
        // A copy of 3 bytes makes 64 at most, so that a short block cannot claim much.
        if (plain > 64L * (end - at)) {
            throw new IOException("snappy: %d plain bytes claimed by %d packed ones".formatted(plain, end - at));
        }
        out = new byte[(int) plain];
        while (at < end) {
            element();
        }
        if (filled < out.length) {
            throw new IOException("snappy: %d plain bytes, want %d".formatted(filled, out.length));
        }
        return out;
    }

    private void element() throws IOException {
        int tag = next();
        switch (tag & 3) {
            case 0 -> literal(tag >>> 2);
            case 1 -> copy(((tag >>> 5) << 8) | next(), ((tag >>> 2) & 7) + 4);
            case 2 -> copy(littleEndian(2), (tag >>> 2) + 1);
            default -> copy(littleEndian(4), (tag >>> 2) + 1);
        }
    }

    private void literal(int coded) throws IOException {
        long length = 1L + (coded < LONGEST_LENGTH ? coded : littleEndian(coded - LONGEST_LENGTH + 1));
        if (length > end - at || length > out.length - filled) {
            throw new IOException("snappy: a literal of %d bytes runs over the end".formatted(length));
        }
        System.arraycopy(in, at, out, filled, (int) length);
        at += (int) length;
        filled += (int) length;
    }

    private void copy(long distance, int length) throws IOException {
        if (distance == 0 || distance > filled || length > out.length - filled) {
            throw new IOException(
                    "snappy: a copy of %d bytes from %d back after %d bytes".formatted(length, distance, filled));
        }
        int from = filled - (int) distance;
        if (distance == 1) {
            Arrays.fill(out, filled, filled + length, out[from]);
        } else {
            for (int i = 0; i < length; i++) { // source and target may overlap: byte for byte, in this direction
                out[filled + i] = out[from + i];
            }
        }
        filled += length;
    }

    private long littleEndian(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) next() << (8 * i);
        }
        return value;
    }

    private int next() throws IOException {
        if (at >= end) {
            throw new IOException("snappy: the block ends within an element");
        }
        return in[at++] & 0xFF;
    }
}
