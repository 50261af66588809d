package io.dlrm4j.core.kernel;

import static io.dlrm4j.core.kernel.ScalarWireKernels.FP16_NAN;
import static io.dlrm4j.core.kernel.ScalarWireKernels.INFINITY;
import static io.dlrm4j.core.kernel.ScalarWireKernels.MAGNITUDE;
import static io.dlrm4j.core.kernel.ScalarWireKernels.QUIET;
import static io.dlrm4j.core.kernel.ScalarWireKernels.ROUND;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Conversions a vector at a time; what is left at the end of a run goes to the scalar kernels.
final class VectorWireKernels implements WireKernels {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final VectorSpecies<Byte> QUARTERS =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    private static final int LANES = FLOATS.length();

    private static final int FP16_OVERFLOW = (127 + 16) << 23; // 2^16, beyond what rounds to the largest
    private static final int FP16_NORMAL = (127 - 14) << 23; // 2^-14, the least normal one
    private static final int FP16_INFINITY = 0x7c00;
    /// Adding it moves the last fraction bit of a subnormal half to the last of the float, which rounds.
    private static final int SUBNORMAL = (127 - 15 + 23 - 10 + 1) << 23;

    private final ScalarWireKernels rest = new ScalarWireKernels();

    @Override
    public void toBf16(MemorySegment from, long fromByte, long floats, MemorySegment to, long toByte) {
        long i = 0;
        for (; i <= floats - LANES; i += LANES) {
            IntVector bits = IntVector.fromMemorySegment(INTS, from, fromByte + i * Float.BYTES, LITTLE_ENDIAN);
            IntVector upper = bits.lanewise(LSHR, 16);
            IntVector rounded = bits.add(0x7fff).add(upper.and(1)).lanewise(LSHR, 16);
            IntVector half = rounded.blend(upper.or(QUIET), bits.and(MAGNITUDE).compare(GT, INFINITY));
            store(half, to, toByte + i * Short.BYTES);
        }
        rest.toBf16(from, fromByte + i * Float.BYTES, floats - i, to, toByte + i * Short.BYTES);
    }

    private static void store(IntVector halves, MemorySegment to, long toByte) {
        ((ShortVector) halves.convertShape(VectorOperators.I2S, HALVES, 0))
                .intoMemorySegment(to, toByte, LITTLE_ENDIAN);
    }

    private static IntVector load(MemorySegment from, long fromByte) {
        ShortVector halves = ShortVector.fromMemorySegment(HALVES, from, fromByte, LITTLE_ENDIAN);
        return (IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    @Override
    public void fromBf16(MemorySegment from, long fromByte, MemorySegment to, long toByte, long floats) {
        long i = 0;
        for (; i <= floats - LANES; i += LANES) {
            load(from, fromByte + i * Short.BYTES)
                    .lanewise(LSHL, 16)
                    .intoMemorySegment(to, toByte + i * Float.BYTES, LITTLE_ENDIAN);
        }
        rest.fromBf16(from, fromByte + i * Short.BYTES, to, toByte + i * Float.BYTES, floats - i);
    }

    @Override
    public void toFp16(MemorySegment from, long fromByte, long floats, MemorySegment to, long toByte) {
        long i = 0;
        for (; i <= floats - LANES; i += LANES) {
            IntVector bits = IntVector.fromMemorySegment(INTS, from, fromByte + i * Float.BYTES, LITTLE_ENDIAN);
            IntVector magnitude = bits.and(MAGNITUDE);
            IntVector odd = magnitude.lanewise(LSHR, 13).and(1);
            IntVector normal =
                    magnitude.add(((15 - 127) << 23) + 0xfff).add(odd).lanewise(LSHR, 13);
            IntVector subnormal = magnitude
                    .reinterpretAsFloats()
                    .add(Float.intBitsToFloat(SUBNORMAL))
                    .reinterpretAsInts()
                    .sub(SUBNORMAL);
            IntVector half = normal.blend(subnormal, magnitude.compare(LT, FP16_NORMAL))
                    .blend(FP16_INFINITY, magnitude.compare(GE, FP16_OVERFLOW))
                    .blend(FP16_NAN, magnitude.compare(GT, INFINITY))
                    .or(bits.lanewise(LSHR, 16).and(0x8000));
            store(half, to, toByte + i * Short.BYTES);
        }
        rest.toFp16(from, fromByte + i * Float.BYTES, floats - i, to, toByte + i * Short.BYTES);
    }

    @Override
    public void fromFp16(MemorySegment from, long fromByte, MemorySegment to, long toByte, long floats) {
        long i = 0;
        for (; i <= floats - LANES; i += LANES) {
            IntVector half = load(from, fromByte + i * Short.BYTES);
            IntVector magnitude = half.and(0x7fff).lanewise(LSHL, 13);
            IntVector exponent = magnitude.and(FP16_INFINITY << 13);
            IntVector normal = magnitude.add((127 - 15) << 23);
            IntVector large = normal.add((128 - 16) << 23); // infinity and what is no number
            IntVector subnormal = normal.add(1 << 23)
                    .reinterpretAsFloats()
                    .sub(Float.intBitsToFloat(FP16_NORMAL))
                    .reinterpretAsInts();
            normal.blend(large, exponent.compare(EQ, FP16_INFINITY << 13))
                    .blend(subnormal, exponent.compare(EQ, 0))
                    .or(half.and(0x8000).lanewise(LSHL, 16))
                    .intoMemorySegment(to, toByte + i * Float.BYTES, LITTLE_ENDIAN);
        }
        rest.fromFp16(from, fromByte + i * Short.BYTES, to, toByte + i * Float.BYTES, floats - i);
    }

    @Override
    public void toInt8(MemorySegment from, long fromByte, int floats, MemorySegment to, long toByte) {
        IntVector most = IntVector.zero(INTS);
        int i = 0;
        for (; i <= floats - LANES; i += LANES) {
            IntVector bits = IntVector.fromMemorySegment(INTS, from, fromByte + (long) i * Float.BYTES, LITTLE_ENDIAN);
            most = most.max(bits.and(MAGNITUDE));
        }
        int magnitude = ScalarWireKernels.magnitude(from, fromByte, i, floats, most.reduceLanes(VectorOperators.MAX));
        float inverse = ScalarWireKernels.inverse(magnitude);
        to.set(JAVA_FLOAT_UNALIGNED, toByte, ScalarWireKernels.scale(magnitude));
        int done = 0;
        for (; inverse != 0 && done <= floats - LANES; done += LANES) {
            IntVector whole = FloatVector.fromMemorySegment(
                            FLOATS, from, fromByte + (long) done * Float.BYTES, LITTLE_ENDIAN)
                    .mul(inverse)
                    .add(ROUND)
                    .reinterpretAsInts();
            ((ByteVector) whole.convertShape(VectorOperators.I2B, QUARTERS, 0))
                    .intoMemorySegment(to, toByte + Float.BYTES + done, LITTLE_ENDIAN);
        }
        ScalarWireKernels.toInt8(from, fromByte, done, floats, inverse, to, toByte);
    }

    @Override
    public void fromInt8(MemorySegment from, long fromByte, MemorySegment to, long toByte, int floats) {
        float scale = from.get(JAVA_FLOAT_UNALIGNED, fromByte);
        int i = 0;
        for (; i <= floats - LANES; i += LANES) {
            ByteVector whole = ByteVector.fromMemorySegment(QUARTERS, from, fromByte + Float.BYTES + i, LITTLE_ENDIAN);
            ((FloatVector) whole.convertShape(VectorOperators.B2F, FLOATS, 0))
                    .mul(scale)
                    .intoMemorySegment(to, toByte + (long) i * Float.BYTES, LITTLE_ENDIAN);
        }
        ScalarWireKernels.fromInt8(from, fromByte, to, toByte, i, floats);
    }
}
