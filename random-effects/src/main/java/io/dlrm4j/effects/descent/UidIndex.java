package io.dlrm4j.effects.descent;

import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.column.Columns;
import io.dlrm4j.effects.column.Longs;
import java.io.IOException;

/// Finds a sample's row by its uid: open addressing, 8 to 16 bytes a sample. Any number of threads once filled.
final class UidIndex {
    private final Longs uids;
    private final Ints slots; // row + 1; 0 is free
    private final int mask;

    /// @param uids one for each row, all different
    /// @param columns take the slots
    /// @throws IllegalArgumentException naming a uid that is there twice
    UidIndex(Longs uids, Columns columns) throws IOException {
        this.uids = uids;
        long rows = uids.length();
        int room = Integer.highestOneBit(Math.clamp(2 * rows, 16, 1 << 29)) << 1;
        this.slots = columns.ints(room);
        this.mask = room - 1;
        for (int row = 0; row < rows; row++) {
            int slot = slotOf(uids.get(row));
            if (slots.get(slot) != 0) {
                throw new IllegalArgumentException("uid %d is that of rows %d and %d, want each once"
                        .formatted(uids.get(row), slots.get(slot) - 1, row));
            }
            slots.set(slot, row + 1);
        }
    }

    /// @return the row, -1 when there is none
    int rowOf(long uid) {
        return slots.get(slotOf(uid)) - 1;
    }

    private int slotOf(long uid) {
        long mixed = uid * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        for (int held = slots.get(slot); held != 0 && uids.get(held - 1) != uid; held = slots.get(slot)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
