package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/// Reads an Avro object container file record by record.
///
/// ```
/// header   "Obj" 1 | map of metadata: avro.schema, avro.codec | 16 bytes sync
/// block    records, varint | bytes, varint | that many bytes, packed by the codec | the same 16 bytes sync
/// ```
///
/// A block takes at most [#MOST_BLOCK_BYTES], packed or plain. Errors name the file, the record (from 0) and the byte
/// at which its block begins.
public final class AvroReader implements Closeable {
    /// The largest block that is read.
    public static final int MOST_BLOCK_BYTES = 1 << 28;

    private static final byte[] MAGIC = {'O', 'b', 'j', 1};
    private static final int SYNC = 16;
    private static final int MOST_METADATA_BYTES = 1 << 20;

    private final Path file;
    private final InputStream in;
    private final long size;
    private final byte[] sync = new byte[SYNC];
    private final BlockDecoder decoder = new BlockDecoder();
    private final Schema schema;
    private final BlockCodec codec;
    private final GenericDatumReader<GenericRecord> records;
    private long at;
    private long blockStart;
    private long leftInBlock;
    private long record = -1;

    private AvroReader(Path file, InputStream in, long size) throws IOException {
        this.file = file;
        this.in = in;
        this.size = size;
        if (!Arrays.equals(bytes(MAGIC.length), MAGIC)) {
            throw new DataException(
                    "%s: does not begin with \"Obj\" 1, want an Avro object container file".formatted(file));
        }
        Map<String, byte[]> metadata = metadata();
        System.arraycopy(bytes(SYNC), 0, sync, 0, SYNC);
        schema = schema(metadata.get("avro.schema"));
        codec = BlockCodec.of(file, metadata.get("avro.codec"));
        records = new GenericDatumReader<>(schema);
    }

    /// @throws DataException when it is no Avro file, or one whose codec is not read here
    public static AvroReader open(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        try {
            return new AvroReader(file, in, Files.size(file));
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /// @return the records' schema, as the file's writer had it
    public Schema schema() {
        return schema;
    }

    /// @return the number of the record read last, from 0; -1 before the first
    public long record() {
        return record;
    }

    /// Reads the next record.
    ///
    /// @return null at the end of the file
    /// @throws DataException when the file is cut short or damaged here
    public @Nullable GenericRecord next() throws IOException {
        while (leftInBlock == 0) {
            if (at == size) {
                return null;
            }
            nextBlock();
        }
        record++;
        leftInBlock--;
        GenericRecord read;
        try {
            read = records.read(null, decoder);
        } catch (IOException | RuntimeException | StackOverflowError e) { // what damaged bytes lead Avro to
            throw damaged("cannot be decoded, the file is damaged: " + e.getMessage(), e);
        }
        if (leftInBlock == 0 && decoder.left() > 0) {
            throw damaged("%d bytes are left behind it in its block, the file is damaged".formatted(decoder.left()));
        }
        return read;
    }

    /// @param what is wrong with the record read last
    /// @return an error that says where it lies
    public DataException damaged(String what) {
        return new DataException("%s: record %d, block at byte %d: %s".formatted(file, record, blockStart, what));
    }

    private DataException damaged(String what, Throwable cause) {
        DataException located = damaged(what);
        located.initCause(cause);
        return located;
    }

    private void nextBlock() throws IOException {
        blockStart = at;
        leftInBlock = number();
        long packed = number();
        if (leftInBlock < 0 || packed < 0 || packed > size - at - SYNC || packed > MOST_BLOCK_BYTES) {
            throw new DataException(
                    "%s: block at byte %d, behind record %d: %d records in %d bytes, %d are left; cut short or damaged"
                            .formatted(file, blockStart, record, leftInBlock, packed, Math.max(0, size - at - SYNC)));
        }
        byte[] block = bytes((int) packed);
        if (!Arrays.equals(bytes(SYNC), sync)) {
            throw new DataException(
                    "%s: block at byte %d, behind record %d: does not end with the file's sync marker; damaged"
                            .formatted(file, blockStart, record));
        }
        try {
            decoder.begin(codec.plain(block, MOST_BLOCK_BYTES));
        } catch (IOException e) {
            throw new DataException(
                    "%s: block at byte %d, behind record %d: cannot be decompressed (%s); damaged"
                            .formatted(file, blockStart, record, e.getMessage()),
                    e);
        }
        if (leftInBlock == 0 && decoder.left() > 0) {
            throw new DataException("%s: block at byte %d, behind record %d: no records in %d bytes; damaged"
                    .formatted(file, blockStart, record, decoder.left()));
        }
    }

    private Map<String, byte[]> metadata() throws IOException {
        Map<String, byte[]> metadata = new LinkedHashMap<>();
        for (long entries = number(); entries != 0; entries = number()) {
            if (entries < 0) {
                number(); // their size in bytes
            }
            for (long i = Math.abs(entries); i > 0; i--) {
                String key = new String(bytes(metadataLength()), StandardCharsets.UTF_8);
                metadata.put(key, bytes(metadataLength()));
            }
        }
        return metadata;
    }

    private int metadataLength() throws IOException {
        long length = number();
        if (length < 0 || length > MOST_METADATA_BYTES) {
            throw new DataException("%s: byte %d: an entry of %d bytes in the header, want at most %d; damaged"
                    .formatted(file, at, length, MOST_METADATA_BYTES));
        }
        return (int) length;
    }

    private Schema schema(byte @Nullable [] json) {
        if (json == null) {
            throw new DataException("%s: no avro.schema in its header; damaged".formatted(file));
        }
        try {
            // Files of Spark and Photon have names and defaults that Avro's rules do not allow.
            Schema parsed = new Schema.Parser(NameValidator.NO_VALIDATION)
                    .setValidateDefaults(false)
                    .parse(new String(json, StandardCharsets.UTF_8));
            if (parsed.getType() != Schema.Type.RECORD) {
                throw new DataException("%s: holds %s, want records"
                        .formatted(file, parsed.getType().getName()));
            }
            return parsed;
        } catch (AvroRuntimeException e) {
            throw new DataException("%s: its schema cannot be parsed: %s".formatted(file, e.getMessage()), e);
        }
    }

    private long number() throws IOException {
        long zigzag = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int next = in.read();
            if (next < 0) {
                throw cutShort();
            }
            at++;
            zigzag |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return (zigzag >>> 1) ^ -(zigzag & 1);
            }
        }
        throw new DataException("%s: byte %d: a number of more than ten bytes; damaged".formatted(file, at));
    }

    private byte[] bytes(int length) throws IOException {
        byte[] read = in.readNBytes(length);
        if (read.length < length) {
            throw cutShort();
        }
        at += length;
        return read;
    }

    private DataException cutShort() {
        return new DataException(
                "%s: cut short behind record %d, in what begins at byte %d".formatted(file, record, at));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
