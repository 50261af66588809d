package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What travels instead of floats: vectors give the bits of the scalar kernels, and those what the formats say.
class WireCodecTest {
    private static final int MANY = 1 << 16;

    private final OffHeap memory = OffHeap.unlimited("test");
    private final WireKernels plain = new ScalarWireKernels();
    private final WireKernels vectors = new VectorWireKernels();

    @AfterEach
    void close() {
        memory.close();
    }

    /// One way, and back, of one of the formats of two bytes.
    private interface Way {
        void run(WireKernels kernels, MemorySegment from, long floats, MemorySegment to);
    }

    @Test
    void vectorsGiveTheBitsOfTheScalarKernels() {
        Floats values = anyBits();
        same(values.segment(), Short.BYTES, (k, from, n, to) -> k.toBf16(from, 0, n, to, 0));
        same(values.segment(), Short.BYTES, (k, from, n, to) -> k.toFp16(from, 0, n, to, 0));
        MemorySegment halves = halves();
        same(halves, Float.BYTES, (k, from, n, to) -> k.fromBf16(from, 0, to, 0, n));
        same(halves, Float.BYTES, (k, from, n, to) -> k.fromFp16(from, 0, to, 0, n));
    }

    private void same(MemorySegment from, int bytes, Way way) {
        for (long floats : new long[] {0, 1, 7, 8, 15, 16, 17, 33, 1000, MANY}) {
            MemorySegment expected = memory.bytes("expected", MANY * (long) bytes);
            MemorySegment actual = memory.bytes("actual", MANY * (long) bytes);
            way.run(plain, from, floats, expected);
            way.run(vectors, from, floats, actual);
            assertThat(actual.mismatch(expected)).as("%d floats", floats).isEqualTo(-1);
        }
    }

    /// Every kind of float: all exponents, subnormal, infinite, no number, ties and their neighbours.
    private Floats anyBits() {
        SplittableRandom random = new SplittableRandom(7);
        Floats values = memory.floats("values", MANY);
        for (int i = 0; i < MANY; i++) {
            int tie = (random.nextInt() & 0xffff_e000) | (random.nextInt(-1, 2) + 0x1000);
            values.set(i, Float.intBitsToFloat(i % 2 == 0 ? random.nextInt() : tie));
        }
        float infinity = Float.POSITIVE_INFINITY;
        float[] special = {
            0f, -0f, Float.NaN, infinity, -infinity, 65_504, Math.nextDown(65_520f), 65_520, 0x1p-25f, Float.MIN_VALUE
        };
        for (int i = 0; i < special.length; i++) {
            values.set(i, special[i]);
        }
        return values;
    }

    /// All, but for signalling ones, which are never written.
    private MemorySegment halves() {
        MemorySegment halves = memory.bytes("halves", MANY * (long) Short.BYTES);
        for (int i = 0; i < MANY; i++) {
            short half = (short) (Float.isNaN(Float.float16ToFloat((short) i)) ? i | 0x200 : i);
            halves.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * (long) Short.BYTES, half);
        }
        return halves;
    }

    @Test
    void halvesAreTheNearestAndEvenOnes() {
        for (float value : anyBits().toArray()) {
            float bf16 = ScalarWireKernels.bf16(ScalarWireKernels.bf16(value));
            float fp16 = Float.float16ToFloat(ScalarWireKernels.fp16(value));
            if (Float.isFinite(value)) {
                float below = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff_0000);
                float above = Float.intBitsToFloat((Float.floatToRawIntBits(value) & 0xffff_0000) + 0x1_0000);
                boolean evenBelow = (Float.floatToRawIntBits(value) & 0x1_0000) == 0;
                double toBelow = Math.abs((double) value - below);
                // beyond the largest, as far as the next power of two would be
                double toAbove = Float.isFinite(above) ? Math.abs((double) above - value) : 0x1p128 - Math.abs(value);
                boolean down = toBelow < toAbove || (toBelow == toAbove && evenBelow);
                assertThat(bf16).isEqualTo(down ? below : above);
                assertThat(fp16).isEqualTo(Float.float16ToFloat(Float.floatToFloat16(value)));
            } else {
                assertThat(Float.compare(bf16, value)).isZero();
                assertThat(Float.compare(fp16, value)).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 17, 40, 128})
    void aRunOfBytesIsRightToHalfAScale(int run) {
        SplittableRandom random = new SplittableRandom(run);
        WireCodec codec = new WireCodec(Format.INT8);
        int count = 10 * run + run / 2;
        Floats values = memory.floats("values", count);
        for (int i = 0; i < count; i++) {
            int number = i / run;
            values.set(i, (float) (random.nextGaussian() * (number == 2 ? 1e-38 : number)));
        }
        MemorySegment wire = memory.bytes("wire", codec.bytes(count, run));
        MemorySegment scalar = memory.bytes("scalar", codec.bytes(count, run));
        Floats back = memory.floats("back", count);
        codec.encode(values, 0, count, run, wire, 0);
        codec.decode(wire, 0, back, 0, count, run);

        assertThat(codec.bytes(count, run)).isEqualTo(count + 4L * Math.ceilDiv(count, run));
        long at = 0;
        for (int first = 0; first < count; first += run) {
            int length = Math.min(run, count - first);
            plain.toInt8(values.segment(), first * 4L, length, scalar, at);
            at += 4 + length;
            float largest = 0;
            for (int i = first; i < first + length; i++) {
                largest = Math.max(largest, Math.abs(values.get(i)));
            }
            for (int i = first; i < first + length; i++) {
                assertThat(back.get(i)).isCloseTo(values.get(i), within(largest / 127 * 0.50001f + 4e-37f));
            }
        }
        assertThat(wire.mismatch(scalar)).isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void whatIsNoFiniteNumberStaysSo(Format format) {
        WireCodec codec = new WireCodec(format);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int place : new int[] {0, 17, 39}) {
                Floats values = memory.floats("values", 40);
                values.fill(0.5f);
                values.set(place, bad);
                MemorySegment wire = memory.bytes("wire", 3 + codec.bytes(40, 20));
                codec.encode(values, 0, 40, 20, wire, 3);
                Floats back = memory.floats("back", 40);
                codec.decode(wire, 3, back, 0, 40, 20);
                assertThat(Float.isFinite(back.get(place))).isFalse();
                assertThat(back.get(place < 20 ? 30 : 10)).as("of another run").isCloseTo(0.5f, within(1e-3f));
            }
        }
    }

    @Test
    void theKthLargestMagnitudeIsThatOfASort() {
        SplittableRandom random = new SplittableRandom(3);
        LargestValues largest = new LargestValues(500);
        for (int trial = 0; trial < 400; trial++) {
            int count = random.nextInt(1, 500);
            Floats values = memory.floats("values", count + 3);
            for (int i = 0; i < count + 3; i++) {
                values.set(i, random.nextInt(3) == 0 ? random.nextInt(-2, 3) : (float) random.nextGaussian());
            }
            if (trial % 5 == 0) {
                values.set(3, Float.NaN);
            }
            int[] sorted = new int[count];
            Arrays.setAll(sorted, i -> Float.floatToRawIntBits(Math.abs(values.get(3 + i))));
            Arrays.sort(sorted);
            int k = random.nextInt(1, count + 1);
            assertThat(largest.threshold(values, 3, count, k)).isEqualTo(sorted[count - k]);
        }
    }
}
