package io.dlrm4j.effects.column;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// A column of 64-bit integers; a view that owns nothing.
///
/// @param segment the memory, a multiple of eight bytes long
public record Longs(MemorySegment segment) {
    /// @return a view of an array on the heap
    public static Longs of(long... values) {
        return new Longs(MemorySegment.ofArray(values));
    }

    /// @return the number of rows
    public long length() {
        return segment.byteSize() / Long.BYTES;
    }

    /// @return the number of a row
    public long get(long row) {
        return segment.get(JAVA_LONG_UNALIGNED, row * Long.BYTES);
    }

    /// Writes the number of a row.
    public void set(long row, long value) {
        segment.set(JAVA_LONG_UNALIGNED, row * Long.BYTES, value);
    }
}
