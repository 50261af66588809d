package io.dlrm4j.effects.format.tfrecord;

import com.google.protobuf.InvalidProtocolBufferException;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.example.Example;
import io.dlrm4j.effects.example.SequenceExample;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Reads a TFRecord file record by record; both checksums of each are checked.
///
/// A record is at most [#MOST_BYTES] long, and memory for it is taken as its bytes arrive, so that no file makes the
/// reader take more than it holds. Errors name the file, the record (from 0) and where it begins: the byte in the
/// file, or in the decompressed file where it is compressed.
public final class TfRecordReader implements Closeable {
    /// The longest record that is read.
    public static final int MOST_BYTES = 1 << 28;

    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private final Path file;
    private final Compression compression;
    private final InputStream in;
    private final MaskedCrc crc = new MaskedCrc();
    private final byte[] header = new byte[HEADER];
    private long record = -1;
    private long start;
    private long end;

    private TfRecordReader(Path file, Compression compression, InputStream in) {
        this.file = file;
        this.compression = compression;
        this.in = in;
    }

    /// @param file `.gz` is read as gzip, `.deflate` and `.zlib` as zlib, everything else as it is
    /// @throws DataException when the file is not compressed as its name says
    /// @throws IOException when it cannot be opened
    public static TfRecordReader open(Path file) throws IOException {
        Compression compression = Compression.of(file);
        InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        try {
            return new TfRecordReader(file, compression, compression.plain(raw));
        } catch (ZipException | EOFException e) {
            raw.close();
            throw new DataException("%s: not compressed as its name says (%s): %s".formatted(file, compression, e), e);
        }
    }

    /// @return the number of the record read last, from 0; -1 before the first
    public long record() {
        return record;
    }

    /// Reads the next record.
    ///
    /// @return its bytes, or null at the end of the file
    /// @throws DataException when it is cut short, longer than [#MOST_BYTES], or a checksum does not match
    public byte @Nullable [] next() throws IOException {
        record++;
        start = end;
        int got = read(header, HEADER);
        if (got == 0) {
            record--;
            return null;
        }
        ByteBuffer numbers = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        if (got < HEADER) {
            throw damaged("cut short in its header, %d of %d bytes are there".formatted(got, HEADER));
        }
        if (numbers.getInt(Long.BYTES) != crc.of(header, 0, Long.BYTES)) {
            throw damaged("checksum of its length does not match: the file is damaged here or is no TFRecord file");
        }
        long length = numbers.getLong(0);
        if (length < 0 || length > MOST_BYTES) {
            throw damaged("length=%d, want at most %d bytes".formatted(length, MOST_BYTES));
        }
        byte[] bytes = readNew((int) length);
        if (bytes.length < length || read(header, Integer.BYTES) < Integer.BYTES) {
            throw damaged("cut short, want %d bytes and a checksum".formatted(length));
        }
        if (numbers.getInt(0) != crc.of(bytes, 0, bytes.length)) {
            throw damaged("checksum of its %d bytes does not match: the file is damaged".formatted(length));
        }
        end += HEADER + length + Integer.BYTES;
        return bytes;
    }

    /// Reads the next record as one sample.
    ///
    /// @return null at the end of the file
    /// @throws DataException as [#next], or when the record is no `Example`
    public @Nullable Example nextExample() throws IOException {
        byte[] bytes = next();
        try {
            return bytes == null ? null : Example.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw damaged("no tf.train.Example: " + e.getMessage());
        }
    }

    /// Reads the next record as the samples of one entity.
    ///
    /// @return null at the end of the file
    /// @throws DataException as [#next], or when the record is no `SequenceExample`
    public @Nullable SequenceExample nextSequence() throws IOException {
        byte[] bytes = next();
        try {
            return bytes == null ? null : SequenceExample.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw damaged("no tf.train.SequenceExample: " + e.getMessage());
        }
    }

    /// @param what is wrong with the record read last
    /// @return an error that says where it lies
    public DataException damaged(String what) {
        return new DataException("%s: record %d at byte %d%s: %s"
                .formatted(file, record, start, compression == Compression.NONE ? "" : " when decompressed", what));
    }

    private int read(byte[] into, int length) throws IOException {
        try {
            return in.readNBytes(into, 0, length);
        } catch (ZipException | EOFException e) {
            throw badlyCompressed(e);
        }
    }

    private byte[] readNew(int length) throws IOException {
        try {
            return in.readNBytes(length);
        } catch (ZipException | EOFException e) {
            throw badlyCompressed(e);
        }
    }

    private DataException badlyCompressed(IOException e) {
        DataException located =
                damaged("its compression (%s) is damaged or cut short: %s".formatted(compression, e.getMessage()));
        located.initCause(e);
        return located;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
