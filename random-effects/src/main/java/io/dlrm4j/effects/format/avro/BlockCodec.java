package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// How the blocks of a file are packed.
enum BlockCodec {
    NULL,
    DEFLATE,
    SNAPPY;

    static BlockCodec of(Path file, byte @Nullable [] name) {
        String codec = name == null ? "null" : new String(name, StandardCharsets.UTF_8);
        return switch (codec) {
            case "null" -> NULL;
            case "deflate" -> DEFLATE;
            case "snappy" -> SNAPPY;
            default ->
                throw new DataException(
                        "%s: avro.codec=%s, want null, deflate or snappy; write the file anew with one of them"
                                .formatted(file, codec));
        };
    }

    /// @throws IOException when the block is damaged or holds more than `most` bytes
    byte[] plain(byte[] block, int most) throws IOException {
        return switch (this) {
            case NULL -> block;
            case DEFLATE -> inflated(block, most);
            case SNAPPY -> unsnapped(block, most);
        };
    }

    private static byte[] inflated(byte[] block, int most) throws IOException {
        Inflater inflater = new Inflater(true);
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(block), inflater)) {
            byte[] plain = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new IOException("more than %d bytes".formatted(most));
            }
            return plain;
        } finally {
            inflater.end();
        }
    }

    /// Behind Snappy's bytes stands the CRC-32 of the plain ones, big-endian.
    private static byte[] unsnapped(byte[] block, int most) throws IOException {
        int packed = block.length - Integer.BYTES;
        if (packed < 0) {
            throw new IOException("%d bytes, want at least %d".formatted(block.length, Integer.BYTES));
        }
        byte[] plain = SnappyBlock.decompress(block, packed, most);
        CRC32 crc = new CRC32();
        crc.update(plain);
        int stored =
                ByteBuffer.wrap(Arrays.copyOfRange(block, packed, block.length)).getInt();
        if ((int) crc.getValue() != stored) {
            throw new IOException("its checksum does not match");
        }
        return plain;
    }
}
