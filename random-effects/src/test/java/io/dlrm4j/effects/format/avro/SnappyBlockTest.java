package io.dlrm4j.effects.format.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnappyBlockTest {
    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static String plain(byte[] block) throws IOException {
        return new String(SnappyBlock.decompress(block, block.length, 1 << 20), StandardCharsets.ISO_8859_1);
    }

    @Test
    void literalsAndCopiesOfEachKind() throws IOException {
        assertThat(plain(bytes(3, 2 << 2, 'a', 'b', 'c'))).isEqualTo("abc");
        assertThat(plain(bytes(3, 60 << 2, 2, 'a', 'b', 'c'))).isEqualTo("abc");
        assertThat(plain(bytes(3, 61 << 2, 2, 0, 'a', 'b', 'c'))).isEqualTo("abc");
        // one byte of distance: length 4 + 1, distance 3, which overlaps what it makes
        assertThat(plain(bytes(8, 2 << 2, 'a', 'b', 'c', 1 | 1 << 2, 3))).isEqualTo("abcabcab");
        assertThat(plain(bytes(8, 2 << 2, 'a', 'b', 'c', 2 | 4 << 2, 3, 0))).isEqualTo("abcabcab");
        assertThat(plain(bytes(8, 2 << 2, 'a', 'b', 'c', 3 | 4 << 2, 3, 0, 0, 0)))
                .isEqualTo("abcabcab");
        assertThat(plain(bytes(5, 0, 'z', 1, 1))).isEqualTo("zzzzz");
        assertThat(plain(bytes(0))).isEmpty();
    }

    @Test
    void damagedBlocksAreRefused() {
        assertThatThrownBy(() -> plain(bytes(4, 2 << 2, 'a', 'b', 'c'))).hasMessage("snappy: 3 plain bytes, want 4");
        assertThatThrownBy(() -> plain(bytes(3, 3 << 2, 'a', 'b', 'c')))
                .hasMessage("snappy: a literal of 4 bytes runs over the end");
        assertThatThrownBy(() -> plain(bytes(8, 0, 'a', 1, 2)))
                .hasMessage("snappy: a copy of 4 bytes from 2 back after 1 bytes");
        assertThatThrownBy(() -> plain(bytes(8, 0, 'a', 1, 0)))
                .hasMessage("snappy: a copy of 4 bytes from 0 back after 1 bytes");
        assertThatThrownBy(() -> plain(bytes(8, 0, 'a', 1))).hasMessage("snappy: the block ends within an element");
        assertThatThrownBy(() -> plain(bytes(0xFF, 0xFF, 0xFF, 0xFF, 0x0F)))
                .hasMessageContaining("4294967295 plain bytes, want at most 1048576");
        assertThatThrownBy(() -> plain(bytes(0xFF, 0xFF, 0x0F, 0, 'a')))
                .hasMessage("snappy: 262143 plain bytes claimed by 2 packed ones");
    }

    @Test
    void randomElementsGiveWhatTheySay() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            for (int element = 0; element < 20; element++) {
                if (plain.size() == 0 || random.nextBoolean()) {
                    byte[] literal = new byte[1 + random.nextInt(300)];
                    random.nextBytes(literal);
                    int coded = literal.length - 1;
                    packed.write(coded < 60 ? coded << 2 : coded < 256 ? 60 << 2 : 61 << 2);
                    for (int more = coded < 60 ? 0 : coded < 256 ? 1 : 2, i = 0; i < more; i++) {
                        packed.write(coded >>> (8 * i));
                    }
                    packed.writeBytes(literal);
                    plain.writeBytes(literal);
                } else {
                    int distance = 1 + random.nextInt(plain.size());
                    int length = 1 + random.nextInt(64);
                    packed.writeBytes(bytes(2 | (length - 1) << 2, distance, distance >>> 8));
                    for (int i = 0; i < length; i++) {
                        plain.write(plain.toByteArray()[plain.size() - distance]);
                    }
                }
            }
            byte[] head =
                    bytes((plain.size() & 0x7F) | 0x80, ((plain.size() >>> 7) & 0x7F) | 0x80, plain.size() >>> 14);
            byte[] block = Arrays.copyOf(head, head.length + packed.size());
            System.arraycopy(packed.toByteArray(), 0, block, head.length, packed.size());
            assertThat(SnappyBlock.decompress(block, block.length, 1 << 20)).isEqualTo(plain.toByteArray());
        }
    }
}
