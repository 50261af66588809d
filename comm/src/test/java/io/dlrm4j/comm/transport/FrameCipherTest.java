package io.dlrm4j.comm.transport;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrameCipherTest {
    private static final byte[] KEY = HexFormat.of().parseHex("5a".repeat(32));
    private static final long TAG = 0x0102_0304_0506_0708L;

    private final FrameCipher sender = new FrameCipher(KEY);
    private final FrameCipher receiver = new FrameCipher(KEY);

    private static byte[] encrypt(FrameCipher cipher, long tag, byte[] plain) {
        MemorySegment to = MemorySegment.ofArray(new byte[plain.length + FrameCipher.TAG_BYTES]);
        cipher.encrypt(tag, MemorySegment.ofArray(plain), 0, plain.length, to, 0);
        return to.toArray(JAVA_BYTE);
    }

    private static boolean decrypt(FrameCipher cipher, long tag, byte[] frame) {
        return cipher.decrypt(tag, MemorySegment.ofArray(frame), 0, frame.length);
    }

    private static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatIsEncryptedComesBackForEveryLength() {
        SplittableRandom random = new SplittableRandom(1);
        for (int length : new int[] {1, 2, 15, 16, 17, 63, 64, 4_096, 65_488}) {
            byte[] plain = random(random, length);
            byte[] frame = encrypt(sender, length, plain);
            assertThat(frame).hasSize(length + 16);
            assertThat(decrypt(receiver, length, frame)).isTrue();
            assertThat(receiver.plain().asSlice(0, length).toArray(JAVA_BYTE)).isEqualTo(plain);
        }
    }

    @Test
    void nativeMemoryIsTakenWhereItLies() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(200);
            memory.asSlice(8, 100).fill((byte) 7);
            MemorySegment sent = arena.allocate(200);
            sender.encrypt(TAG, memory, 8, 100, sent, 4);
            assertThat(receiver.decrypt(TAG, sent, 4, 116)).isTrue();
            assertThat(receiver.plain().asSlice(0, 100).toArray(JAVA_BYTE)).containsOnly(7);
        }
    }

    @Test
    void everyChangedBitIsFound() {
        byte[] frame = encrypt(sender, TAG, random(new SplittableRandom(2), 50));
        for (int bit = 0; bit < 8 * frame.length; bit++) {
            byte[] changed = frame.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(decrypt(new FrameCipher(KEY), TAG, changed))
                    .as("bit %d", bit)
                    .isFalse();
        }
        for (int bit = 0; bit < Long.SIZE; bit++) {
            assertThat(decrypt(new FrameCipher(KEY), TAG ^ (1L << bit), frame))
                    .as("bit %d of the tag", bit)
                    .isFalse();
        }
        assertThat(decrypt(receiver, TAG, frame)).as("the frame itself").isTrue();
    }

    @Test
    void aFrameThatIsCutRepeatedMovedOrLeftOutIsRefused() {
        byte[] first = encrypt(sender, TAG, new byte[32]);
        byte[] second = encrypt(sender, TAG, new byte[32]);
        for (int length : new int[] {0, 1, 15, 16, 47}) {
            byte[] cut = Arrays.copyOf(first, length);
            assertThat(decrypt(new FrameCipher(KEY), TAG, cut))
                    .as("%d bytes", length)
                    .isFalse();
        }
        assertThat(decrypt(new FrameCipher(KEY), TAG, second))
                .as("the first left out")
                .isFalse();
        assertThat(decrypt(receiver, TAG, first)).isTrue();
        assertThat(decrypt(receiver, TAG, first)).as("repeated").isFalse();
    }

    @Test
    void anotherKeyOpensNothing() {
        byte[] other = KEY.clone();
        other[31] ^= 1;
        assertThat(decrypt(new FrameCipher(other), TAG, encrypt(sender, TAG, new byte[32])))
                .isFalse();
    }

    @Test
    void equalFramesLookDifferentSoNoNonceIsUsedTwice() {
        Set<String> seen = new HashSet<>();
        for (int frame = 0; frame < 10_000; frame++) {
            seen.add(HexFormat.of().formatHex(encrypt(sender, TAG, new byte[16])));
        }
        assertThat(seen).hasSize(10_000);
    }
}
