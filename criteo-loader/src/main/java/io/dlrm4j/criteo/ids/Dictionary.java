package io.dlrm4j.criteo.ids;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/// The values of one column, numbered 0, 1, 2 … in order of first appearance. An open-addressing table of `long`s off
/// the heap, on huge pages where the system has them:
///
/// ```
/// slot    63 … 32   31 … 0
///          value    id + 1      0: free
/// ```
///
/// A value's first slot is the upper bits of its product with 2^64/φ (Knuth, volume 3, 6.4), so that a table of twice
/// the size has the values in the same order and is filled from the smaller one in one sweep. Many values are numbered
/// at once: first the first slot of each is read, independent reads of which the processor has many under way, then
/// they are compared. One thread at a time.
public final class Dictionary {
    private static final int FIRST_BITS = 10;
    private static final int MAX_BITS = 30;
    private static final double MAX_LOAD = 0.7;
    private static final int AT_ONCE = 64;
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    private final OffHeap memory;
    private final String name;
    private final long[] read = new long[AT_ONCE];
    private OffHeap table;
    private MemorySegment slots;
    private int bits = FIRST_BITS;
    private int most = most(FIRST_BITS);
    private int size;

    /// @param memory what its tables count against and end with
    /// @param name what it is called in the budget
    public Dictionary(OffHeap memory, String name) {
        this.memory = memory;
        this.name = name;
        this.table = memory.part(name);
        this.slots = slots(table, name, FIRST_BITS);
    }

    private static MemorySegment slots(OffHeap table, String name, int bits) {
        return table.hugeBytes(name, (long) Long.BYTES << bits);
    }

    private static int most(int bits) {
        return (int) ((1 << bits) * MAX_LOAD);
    }

    /// @return number of values
    public int size() {
        return size;
    }

    /// @return the id of a value, a new one if it is new
    /// @throws io.dlrm4j.core.memory.MemoryLimitException when the table would have to be larger than memory allows
    public int add(int value) {
        reserve(1);
        return addReserved(value);
    }

    /// Replaces the values `[from, to)` by their ids, new ones where they are new.
    ///
    /// @throws io.dlrm4j.core.memory.MemoryLimitException when the table would have to be larger than memory allows
    public void add(int[] values, int from, int to) {
        for (int start = from; start < to; start += AT_ONCE) {
            int count = Math.min(AT_ONCE, to - start);
            reserve(count);
            for (int i = 0; i < count; i++) {
                read[i] = slot(first(values[start + i]));
            }
            for (int i = 0; i < count; i++) {
                int value = values[start + i];
                long slot = read[i];
                boolean found = slot != 0 && (int) (slot >>> 32) == value;
                values[start + i] = found ? (int) slot - 1 : addReserved(value);
            }
        }
    }

    private int addReserved(int value) {
        int at = probe(value);
        long slot = slot(at);
        if (slot != 0) {
            return (int) slot - 1;
        }
        int id = size++;
        set(at, ((long) value << 32) | Integer.toUnsignedLong(id + 1));
        return id;
    }

    /// @return the id of a value, or -1
    public int find(int value) {
        return (int) slot(probe(value)) - 1;
    }

    /// @return the values in the order of their ids
    public int[] values() {
        int[] values = new int[size];
        for (int at = 0; at < 1 << bits; at++) {
            long slot = slot(at);
            if (slot != 0) {
                values[(int) slot - 1] = (int) (slot >>> 32);
            }
        }
        return values;
    }

    /// Forgets all values but the first ones.
    ///
    /// @param count how many stay
    public void keepFirst(int count) {
        int[] values = values();
        slots.fill((byte) 0);
        size = 0;
        for (int i = 0; i < count; i++) {
            addReserved(values[i]);
        }
    }

    private int first(int value) {
        return (int) ((value * FACTOR) >>> (Long.SIZE - bits));
    }

    private long slot(int at) {
        return slots.get(JAVA_LONG, (long) at << 3);
    }

    private void set(int at, long slot) {
        slots.set(JAVA_LONG, (long) at << 3, slot);
    }

    /// @return where the value is, or the free slot where it would be
    private int probe(int value) {
        int mask = (1 << bits) - 1;
        int at = first(value);
        for (long slot = slot(at); slot != 0 && (int) (slot >>> 32) != value; slot = slot(at)) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private void reserve(int count) {
        while (size > most - count) {
            grow();
        }
    }

    private void grow() {
        if (bits == MAX_BITS) {
            throw new IllegalStateException(
                    "dictionary: more than %d values in one column; use max-ind-range".formatted(size));
        }
        OffHeap old = table;
        MemorySegment oldSlots = slots;
        OffHeap larger = memory.part(name);
        slots = slots(larger, name, bits + 1);
        table = larger;
        bits++;
        most = most(bits);
        for (long at = 0; at < oldSlots.byteSize(); at += Long.BYTES) {
            long taken = oldSlots.get(JAVA_LONG, at);
            if (taken != 0) {
                set(probe((int) (taken >>> 32)), taken);
            }
        }
        old.close();
    }
}
