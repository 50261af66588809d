package io.dlrm4j.core.kernel;

import java.lang.foreign.MemorySegment;

/// Conversions between floats and what travels instead of them. Values are rounded to the nearest, ties to even;
/// what is no finite number stays so. Offsets count bytes and need no alignment. Both implementations give the
/// same bits.
interface WireKernels {
    /// Values of an int8 run reach from minus this to this.
    float LARGEST = 127;

    /// @return the vector kernels where the processor has vectors worth using, else the plain ones
    static WireKernels best() {
        return VectorSupport.available() ? new VectorWireKernels() : new ScalarWireKernels();
    }

    /// Writes the upper halves of floats, rounded: one sign, eight exponent and seven fraction bits.
    void toBf16(MemorySegment from, long fromByte, long floats, MemorySegment to, long toByte);

    /// Reads what [#toBf16] wrote.
    void fromBf16(MemorySegment from, long fromByte, MemorySegment to, long toByte, long floats);

    /// Writes IEEE 754 binary16: one sign, five exponent and ten fraction bits.
    void toFp16(MemorySegment from, long fromByte, long floats, MemorySegment to, long toByte);

    /// Reads what [#toFp16] wrote.
    void fromFp16(MemorySegment from, long fromByte, MemorySegment to, long toByte, long floats);

    /// Writes one run as a float, its scale, the largest magnitude over 127, and a byte for each value, in units
    /// of the scale. A run with a value that is no finite number has the scale NaN, and so is NaN throughout when
    /// it is read.
    void toInt8(MemorySegment from, long fromByte, int floats, MemorySegment to, long toByte);

    /// Reads what [#toInt8] wrote.
    void fromInt8(MemorySegment from, long fromByte, MemorySegment to, long toByte, int floats);
}
