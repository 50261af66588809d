package io.dlrm4j.effects.descent;

/// Finds a sample's row by its uid: open addressing, 12 to 24 bytes a sample. Any number of threads once filled.
final class UidIndex {
    private final long[] uids;
    private final int[] slots; // row + 1; 0 is free

    /// @param uids one for each row, all different
    /// @throws IllegalArgumentException naming a uid that is there twice
    UidIndex(long[] uids) {
        this.uids = uids;
        this.slots = new int[Integer.highestOneBit(Math.clamp(2L * uids.length, 16, 1 << 29)) << 1];
        for (int row = 0; row < uids.length; row++) {
            int slot = slotOf(uids[row]);
            if (slots[slot] != 0) {
                throw new IllegalArgumentException(
                        "uid %d is that of rows %d and %d, want each once".formatted(uids[row], slots[slot] - 1, row));
            }
            slots[slot] = row + 1;
        }
    }

    /// @return the row, -1 when there is none
    int rowOf(long uid) {
        return slots[slotOf(uid)] - 1;
    }

    private int slotOf(long uid) {
        int mask = slots.length - 1;
        long mixed = uid * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (slots[slot] != 0 && uids[slots[slot] - 1] != uid) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
