package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// One value after the other: what the vector kernels are held against, and their ends of runs.
final class ScalarWireKernels implements WireKernels {
    static final int MAGNITUDE = 0x7fff_ffff;
    static final int INFINITY = 0x7f80_0000;
    static final int QUIET = 0x40;
    static final int FP16_NAN = 0x7e00;
    /// Adding it to a value below 2^22 leaves the value, rounded to the nearest whole number, in the last bits.
    static final float ROUND = 0x1.8p23f;

    static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        boolean nan = (bits & MAGNITUDE) > INFINITY;
        return (short) (nan ? (bits >>> 16) | QUIET : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    static float bf16(short half) {
        return Float.intBitsToFloat(half << 16);
    }

    static short fp16(float value) {
        int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
        return Float.isNaN(value) ? (short) (sign | FP16_NAN) : Float.floatToFloat16(value);
    }

    /// @param magnitude bits of the largest magnitude of a run
    /// @return what its values are divided by
    static float scale(int magnitude) {
        if (magnitude >= INFINITY) {
            return Float.NaN;
        }
        float largest = Float.intBitsToFloat(magnitude);
        return Float.isInfinite(LARGEST / largest) ? 0 : largest / LARGEST; // what is below 4e-37 is nothing
    }

    /// @return what its values are multiplied by; 0 where they cannot be told
    static float inverse(int magnitude) {
        float inverse = magnitude >= INFINITY ? 0 : LARGEST / Float.intBitsToFloat(magnitude);
        return Float.isInfinite(inverse) ? 0 : inverse;
    }

    @Override
    public void toBf16(MemorySegment from, long fromByte, long floats, MemorySegment to, long toByte) {
        for (long i = 0; i < floats; i++) {
            float value = from.get(JAVA_FLOAT_UNALIGNED, fromByte + i * Float.BYTES);
            to.set(JAVA_SHORT_UNALIGNED, toByte + i * Short.BYTES, bf16(value));
        }
    }

    @Override
    public void fromBf16(MemorySegment from, long fromByte, MemorySegment to, long toByte, long floats) {
        for (long i = 0; i < floats; i++) {
            short half = from.get(JAVA_SHORT_UNALIGNED, fromByte + i * Short.BYTES);
            to.set(JAVA_FLOAT_UNALIGNED, toByte + i * Float.BYTES, bf16(half));
        }
    }

    @Override
    public void toFp16(MemorySegment from, long fromByte, long floats, MemorySegment to, long toByte) {
        for (long i = 0; i < floats; i++) {
            float value = from.get(JAVA_FLOAT_UNALIGNED, fromByte + i * Float.BYTES);
            to.set(JAVA_SHORT_UNALIGNED, toByte + i * Short.BYTES, fp16(value));
        }
    }

    @Override
    public void fromFp16(MemorySegment from, long fromByte, MemorySegment to, long toByte, long floats) {
        for (long i = 0; i < floats; i++) {
            short half = from.get(JAVA_SHORT_UNALIGNED, fromByte + i * Short.BYTES);
            to.set(JAVA_FLOAT_UNALIGNED, toByte + i * Float.BYTES, Float.float16ToFloat(half));
        }
    }

    @Override
    public void toInt8(MemorySegment from, long fromByte, int floats, MemorySegment to, long toByte) {
        int magnitude = magnitude(from, fromByte, 0, floats, 0);
        to.set(JAVA_FLOAT_UNALIGNED, toByte, scale(magnitude));
        toInt8(from, fromByte, 0, floats, inverse(magnitude), to, toByte);
    }

    /// @return bits of the largest magnitude of the floats from `first` on, or `before`, if that is larger
    static int magnitude(MemorySegment from, long fromByte, int first, int floats, int before) {
        int most = before;
        for (int i = first; i < floats; i++) {
            most = Math.max(most, from.get(JAVA_INT_UNALIGNED, fromByte + (long) i * Float.BYTES) & MAGNITUDE);
        }
        return most;
    }

    static void toInt8(
            MemorySegment from, long fromByte, int first, int floats, float inverse, MemorySegment to, long toByte) {
        for (int i = first; i < floats; i++) {
            float value = from.get(JAVA_FLOAT_UNALIGNED, fromByte + (long) i * Float.BYTES);
            byte whole = inverse == 0 ? 0 : (byte) Float.floatToRawIntBits(value * inverse + ROUND);
            to.set(JAVA_BYTE, toByte + Float.BYTES + i, whole);
        }
    }

    @Override
    public void fromInt8(MemorySegment from, long fromByte, MemorySegment to, long toByte, int floats) {
        fromInt8(from, fromByte, to, toByte, 0, floats);
    }

    static void fromInt8(MemorySegment from, long fromByte, MemorySegment to, long toByte, int first, int floats) {
        float scale = from.get(JAVA_FLOAT_UNALIGNED, fromByte);
        for (int i = first; i < floats; i++) {
            float value = from.get(JAVA_BYTE, fromByte + Float.BYTES + i) * scale;
            to.set(JAVA_FLOAT_UNALIGNED, toByte + (long) i * Float.BYTES, value);
        }
    }
}
