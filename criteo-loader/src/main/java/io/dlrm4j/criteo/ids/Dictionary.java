package io.dlrm4j.criteo.ids;

import java.util.Arrays;

/// The values of one column, numbered 0, 1, 2 … in order of first appearance. An open-addressing table of `long`s:
///
/// ```
/// slot    63 … 32   31 … 0
///          value    id + 1      0: free
/// ```
public final class Dictionary {
    private static final int FIRST_SLOTS = 1 << 10;
    private static final int MAX_SLOTS = 1 << 30;
    private static final double MAX_LOAD = 0.7;

    private long[] slots = new long[FIRST_SLOTS];
    private int size;

    /// @return number of values
    public int size() {
        return size;
    }

    /// @return the id of a value, a new one if it is new
    public int add(int value) {
        int slot = slot(value);
        if (slots[slot] != 0) {
            return (int) slots[slot] - 1;
        }
        int id = size++;
        slots[slot] = (long) value << 32 | Integer.toUnsignedLong(id + 1);
        if (size > slots.length * MAX_LOAD) {
            grow();
        }
        return id;
    }

    /// @return the id of a value, or -1
    public int find(int value) {
        return (int) slots[slot(value)] - 1;
    }

    /// @return the values in the order of their ids
    public int[] values() {
        int[] values = new int[size];
        for (long slot : slots) {
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
        Arrays.fill(slots, 0);
        size = 0;
        for (int i = 0; i < count; i++) {
            add(values[i]);
        }
    }

    /// @return where the value is, or the free slot where it would be
    private int slot(int value) {
        int mask = slots.length - 1;
        int slot = (int) ((value * 0x9E37_79B9_7F4A_7C15L) >>> 33) & mask;
        while (slots[slot] != 0 && (int) (slots[slot] >>> 32) != value) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        if (slots.length == MAX_SLOTS) {
            throw new IllegalStateException(
                    "dictionary: more than %d values in one column; use max-ind-range".formatted(size));
        }
        long[] old = slots;
        slots = new long[old.length * 2];
        for (long taken : old) {
            if (taken != 0) {
                slots[slot((int) (taken >>> 32))] = taken;
            }
        }
    }
}
