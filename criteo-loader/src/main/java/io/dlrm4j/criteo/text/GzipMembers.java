package io.dlrm4j.criteo.text;

import io.dlrm4j.core.data.DataException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// The bytes of all members of a gzip file (RFC 1952), each checked against its CRC-32 and length.
///
/// `java.util.zip.GZIPInputStream` takes anything unreadable after a member for the end of the file; here only the end
/// of the file, or padding of zeros, ends the data. A file that ends inside a member gives an [EOFException] after all
/// bytes that could be inflated.
final class GzipMembers extends InputStream {
    private static final int TRAILER_BYTES = 8;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xE0;

    private final Path file;
    private final InputStream raw;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] input = new byte[1 << 16];
    private int at;
    private int limit;
    private long consumed;
    private boolean inMember;

    /// @param raw the compressed bytes, closed with this stream
    GzipMembers(Path file, InputStream raw) {
        this.file = file;
        this.raw = raw;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (true) {
            if (!inMember && !nextMember()) {
                return -1;
            }
            int count = inflate(into, offset, length);
            if (count > 0) {
                crc.update(into, offset, count);
                return count;
            }
            if (inflater.finished()) {
                endMember();
            } else {
                refill();
                inflater.setInput(input, at, limit - at);
                at = limit;
            }
        }
    }

    private int inflate(byte[] into, int offset, int length) {
        try {
            return inflater.inflate(into, offset, length);
        } catch (DataFormatException e) {
            throw damaged("cannot be inflated (" + e.getMessage() + ")", e);
        }
    }

    private boolean nextMember() throws IOException {
        int first = 0;
        while (first == 0) { // zeros between members and at the end are padding
            if (at == limit && !more()) {
                return false;
            }
            first = input[at++] & 0xFF;
        }
        if (first != 0x1F || next() != 0x8B || next() != 8) {
            throw damaged("is followed by bytes that are not gzip", null);
        }
        int flags = next();
        if ((flags & RESERVED) != 0) {
            throw damaged("has unknown flags", null);
        }
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip(next() | (next() << 8));
        }
        skipText((flags & NAME) != 0);
        skipText((flags & COMMENT) != 0);
        skip((flags & HEADER_CRC) != 0 ? 2 : 0);
        inflater.reset();
        inflater.setInput(input, at, limit - at);
        at = limit;
        crc.reset();
        inMember = true;
        return true;
    }

    private void endMember() throws IOException {
        at = limit - inflater.getRemaining();
        long trailer = 0;
        for (int i = 0; i < TRAILER_BYTES; i++) {
            trailer |= (long) next() << (8 * i);
        }
        long wantCrc = trailer & 0xFFFF_FFFFL;
        if (wantCrc != crc.getValue() || trailer >>> 32 != (inflater.getBytesWritten() & 0xFFFF_FFFFL)) {
            throw damaged("does not match its checksum", null);
        }
        inMember = false;
    }

    private void skipText(boolean present) throws IOException {
        int value = present ? next() : 0;
        while (value != 0) {
            value = next();
        }
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    private int next() throws IOException {
        if (at == limit) {
            refill();
        }
        return input[at++] & 0xFF;
    }

    private void refill() throws IOException {
        if (!more()) {
            throw new EOFException("%s: gzip data ends early".formatted(file));
        }
    }

    private boolean more() throws IOException {
        consumed += limit;
        at = 0;
        limit = Math.max(0, raw.read(input));
        return limit > 0;
    }

    private DataException damaged(String how, @Nullable Exception cause) {
        String message = "%s: gzip data before byte %d %s; fetch the file again".formatted(file, consumed + at, how);
        return cause == null ? new DataException(message) : new DataException(message, cause);
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        raw.close();
    }
}
