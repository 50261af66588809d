package io.dlrm4j.effects.column;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// A column of 64-bit floats; a view that owns nothing.
///
/// @param segment the memory, a multiple of eight bytes long
public record Doubles(MemorySegment segment) {
    /// A view of nothing.
    public static final Doubles NONE = new Doubles(MemorySegment.NULL);

    /// @return a view of an array on the heap
    public static Doubles of(double... values) {
        return new Doubles(MemorySegment.ofArray(values));
    }

    /// @return the number of rows
    public long length() {
        return segment.byteSize() / Double.BYTES;
    }

    /// @return the number of a row
    public double get(long row) {
        return segment.get(JAVA_DOUBLE_UNALIGNED, row * Double.BYTES);
    }

    /// Writes the number of a row.
    public void set(long row, double value) {
        segment.set(JAVA_DOUBLE_UNALIGNED, row * Double.BYTES, value);
    }

    /// Sets all rows to 0.
    public void clear() {
        segment.fill((byte) 0);
    }

    /// Copies all of `source`, which must be as long as this.
    public void copyFrom(Doubles source) {
        if (source.length() != length()) {
            throw new IllegalArgumentException(
                    "copy of %d rows into %d, want equal lengths".formatted(source.length(), length()));
        }
        segment.copyFrom(source.segment);
    }
}
