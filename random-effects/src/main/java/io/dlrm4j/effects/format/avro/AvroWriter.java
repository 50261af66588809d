package io.dlrm4j.effects.format.avro;

import io.dlrm4j.effects.format.NewFile;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/// Writes an Avro object container file, blocks deflated. The file appears under its name when [#finish] is called.
///
/// The sync marker is taken from the schema, not drawn: the same records give the same bytes.
public final class AvroWriter implements Closeable {
    private static final int SYNC = 16;

    private final NewFile file;
    private final DataFileWriter<GenericRecord> out;

    private AvroWriter(NewFile file, DataFileWriter<GenericRecord> out) {
        this.file = file;
        this.out = out;
    }

    /// @param file where it will be; its folder is made where it is missing
    /// @param schema of the records
    public static AvroWriter open(Path file, Schema schema) throws IOException {
        NewFile begun = NewFile.begin(file);
        OutputStream raw = new BufferedOutputStream(Files.newOutputStream(begun.unfinished()), 1 << 16);
        DataFileWriter<GenericRecord> out = new DataFileWriter<>(new GenericDatumWriter<>(schema));
        out.setCodec(CodecFactory.deflateCodec(1));
        out.create(schema, raw, sync(schema));
        return new AvroWriter(begun, out);
    }

    private static byte[] sync(Schema schema) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(schema.toString().getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(hash, SYNC);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /// Appends a record of the file's schema.
    public void write(GenericRecord record) throws IOException {
        out.append(record);
    }

    /// Makes the file appear.
    ///
    /// @return its absolute path
    public Path finish() throws IOException {
        out.close();
        return file.finish();
    }

    /// Deletes an unfinished file.
    @Override
    public void close() throws IOException {
        try (file) {
            out.close();
        }
    }
}
