package io.dlrm4j.effects.format.tfrecord;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.dlrm4j.effects.format.NewFile;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes a TFRecord file, compressed as its name says ([TfRecordReader#open]). The same messages give the same bytes.
///
/// The file appears under its name when [#finish] is called.
public final class TfRecordWriter implements Closeable {
    private final NewFile file;
    private final OutputStream out;
    private final MaskedCrc crc = new MaskedCrc();
    private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private byte[] bytes = new byte[1 << 12];

    private TfRecordWriter(NewFile file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /// @param file where it will be; its folder is made where it is missing
    public static TfRecordWriter open(Path file) throws IOException {
        NewFile begun = NewFile.begin(file);
        OutputStream raw = new BufferedOutputStream(Files.newOutputStream(begun.unfinished()), 1 << 16);
        return new TfRecordWriter(begun, Compression.of(file).packed(raw));
    }

    /// Appends an `Example` or a `SequenceExample`.
    public void write(MessageLite message) throws IOException {
        int length = message.getSerializedSize();
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, 2 * bytes.length)];
        }
        CodedOutputStream coded = CodedOutputStream.newInstance(bytes, 0, length);
        coded.useDeterministicSerialization();
        message.writeTo(coded);
        coded.checkNoSpaceLeft();
        number.putLong(0, length);
        out.write(number.array(), 0, Long.BYTES);
        writeCrc(number.array(), Long.BYTES);
        out.write(bytes, 0, length);
        writeCrc(bytes, length);
    }

    private void writeCrc(byte[] of, int length) throws IOException {
        number.putInt(0, crc.of(of, 0, length));
        out.write(number.array(), 0, Integer.BYTES);
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
