package io.dlrm4j.core.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// A run of 32-bit floats off the heap; a view that owns nothing.
///
/// @param segment the memory, a multiple of four bytes long
public record Floats(MemorySegment segment) {
    /// A view of no floats.
    public static final Floats NONE = new Floats(MemorySegment.NULL);

    /// Copies an array into new memory of `owner`; for tests and small tables.
    public static Floats of(OffHeap owner, String name, float... values) {
        Floats floats = owner.floats(name, values.length);
        MemorySegment.copy(values, 0, floats.segment, JAVA_FLOAT_UNALIGNED, 0, values.length);
        return floats;
    }

    /// @return the number of floats
    public long length() {
        return segment.byteSize() / Float.BYTES;
    }

    /// @return the float at `index`
    public float get(long index) {
        return segment.get(JAVA_FLOAT_UNALIGNED, index * Float.BYTES);
    }

    /// Writes the float at `index`.
    public void set(long index, float value) {
        segment.set(JAVA_FLOAT_UNALIGNED, index * Float.BYTES, value);
    }

    /// @return a view of `count` floats from `from`
    public Floats slice(long from, long count) {
        return new Floats(segment.asSlice(from * Float.BYTES, count * Float.BYTES));
    }

    /// Sets every float to `value`.
    public void fill(float value) {
        if (Float.floatToRawIntBits(value) == 0) {
            segment.fill((byte) 0);
            return;
        }
        for (long i = 0; i < length(); i++) {
            set(i, value);
        }
    }

    /// Copies all of `source`, which must be as long as this.
    public void copyFrom(Floats source) {
        if (source.length() != length()) {
            throw new IllegalArgumentException(
                    "copy of %d floats into %d, want equal lengths".formatted(source.length(), length()));
        }
        segment.copyFrom(source.segment);
    }

    /// @return the index of the first value that is no finite number, or -1; for messages, it takes one by one
    public long firstNotFinite() {
        for (long i = 0; i < length(); i++) {
            if (!Float.isFinite(get(i))) {
                return i;
            }
        }
        return -1;
    }

    /// @return a copy on the heap
    public float[] toArray() {
        return segment.toArray(JAVA_FLOAT_UNALIGNED);
    }
}
