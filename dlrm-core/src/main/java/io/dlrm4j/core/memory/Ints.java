package io.dlrm4j.core.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// A run of 32-bit integers off the heap; a view that owns nothing.
///
/// @param segment the memory, a multiple of four bytes long
public record Ints(MemorySegment segment) {
    /// Copies an array into new memory of `owner`.
    public static Ints of(OffHeap owner, String name, int... values) {
        Ints ints = owner.ints(name, values.length);
        MemorySegment.copy(values, 0, ints.segment, JAVA_INT_UNALIGNED, 0, values.length);
        return ints;
    }

    /// @return the number of integers
    public long length() {
        return segment.byteSize() / Integer.BYTES;
    }

    /// @return the integer at `index`
    public int get(long index) {
        return segment.get(JAVA_INT_UNALIGNED, index * Integer.BYTES);
    }

    /// Writes the integer at `index`.
    public void set(long index, int value) {
        segment.set(JAVA_INT_UNALIGNED, index * Integer.BYTES, value);
    }

    /// @return a view of `count` integers from `from`
    public Ints slice(long from, long count) {
        return new Ints(segment.asSlice(from * Integer.BYTES, count * Integer.BYTES));
    }

    /// @return a copy on the heap
    public int[] toArray() {
        return segment.toArray(JAVA_INT_UNALIGNED);
    }
}
