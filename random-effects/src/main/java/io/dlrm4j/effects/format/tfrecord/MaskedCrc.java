package io.dlrm4j.effects.format.tfrecord;

import java.util.zip.CRC32C;

/// TFRecord's checksum: a CRC-32C, rotated and shifted so that checksums of data that hold checksums stay good.
final class MaskedCrc {
    private static final int MASK = 0xA282EAD8;

    private final CRC32C crc = new CRC32C();

    int of(byte[] bytes, int start, int length) {
        crc.reset();
        crc.update(bytes, start, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }
}
