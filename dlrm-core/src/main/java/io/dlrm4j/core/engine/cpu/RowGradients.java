package io.dlrm4j.core.engine.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.kernel.RowKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/// The rows of one batch, each once, with the sum of its gradients.
///
/// One pass over the ids in sample order claims an entry for each row it meets for the first time and copies the
/// gradient there; met again, the gradient is added. So nothing is sorted, and a sum is taken in the order of the
/// samples whatever the hash does. The copies lie side by side, so that the update reads them as a stream.
///
/// ```
/// slots  [power of two]     stamp << 32 | entry     found by hash of the row; an old stamp means free
/// rows   [entries]          row number
/// sums   [entries, dim]     sum of the row's gradients
/// ```
///
/// While a table has no more rows than there are slots the hash is the row number itself, and no two rows meet. A new
/// stamp frees all slots, so nothing is cleared between batches. Allocates nothing after construction.
public final class RowGradients {
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L; // Knuth, The Art of Computer Programming 3, 6.4
    private static final long LOW = 0xFFFF_FFFFL;

    private final RowKernels kernels;
    private final int dim;
    private final MemorySegment slots;
    private final long lastSlot;
    private final long multiplier;
    private final int shift;
    private final Ints rows;
    private final Floats sums;
    private int stamp;
    private int count;

    /// @param name prefix of the allocations
    /// @param tableRows rows of the table, below 2^31
    /// @param dim floats in a row
    /// @param maxIds most ids of one batch
    /// @param kernels copy and add rows
    /// @param memory owns all buffers
    public RowGradients(String name, long tableRows, int dim, int maxIds, RowKernels kernels, OffHeap memory) {
        this.kernels = kernels;
        this.dim = dim;
        long entries = Math.min(tableRows, maxIds);
        long capacity = powerOfTwo(Math.min(tableRows, 2L * maxIds)); // at most half full, or one slot a row
        boolean rowIsSlot = tableRows <= capacity;
        this.multiplier = rowIsSlot ? 1 : GOLDEN_RATIO;
        this.shift = rowIsSlot ? 0 : Long.numberOfLeadingZeros(capacity) + 1;
        this.lastSlot = capacity - 1;
        this.slots = memory.bytes(name + " slots", capacity * Long.BYTES);
        this.rows = memory.ints(name + " rows met", entries);
        this.sums = memory.floats(name + " gradient sums", entries * dim);
    }

    private static long powerOfTwo(long atLeast) {
        return atLeast == 1 ? 1 : Long.highestOneBit(atLeast - 1) << 1;
    }

    /// Sums the gradients of a batch.
    ///
    /// @param bags ids of all samples, checked by the caller
    /// @param gradients holds the gradient of sample `s` at `offset + s * stride`
    public void sum(Bags bags, Floats gradients, long offset, int stride) {
        begin();
        Ints ids = bags.ids();
        Ints starts = bags.starts();
        for (int sample = 0; sample < bags.count(); sample++) {
            long at = offset + (long) sample * stride;
            int end = starts == null ? sample + 1 : starts.get(sample + 1);
            for (int k = starts == null ? sample : starts.get(sample); k < end; k++) {
                int entry = entryOf(ids.get(k));
                if (entry == count) {
                    rows.set(entry, ids.get(k));
                    count++;
                    kernels.copy(sums, (long) entry * dim, gradients, at, dim);
                } else {
                    kernels.add(sums, (long) entry * dim, gradients, at, dim);
                }
            }
        }
    }

    private void begin() {
        count = 0;
        stamp++;
        if (stamp == 0) { // once in 2^32 batches a stamp could be taken for an old one
            slots.fill((byte) 0);
            stamp = 1;
        }
    }

    /// Finds the entry of `row`, or claims entry [#count] for it, which the caller then fills.
    private int entryOf(int row) {
        long slot = (row * multiplier) >>> shift;
        while (true) {
            long found = slots.getAtIndex(JAVA_LONG, slot);
            if ((int) (found >>> 32) != stamp) {
                slots.setAtIndex(JAVA_LONG, slot, (long) stamp << 32 | count);
                return count;
            }
            int entry = (int) (found & LOW);
            if (rows.get(entry) == row) {
                return entry;
            }
            slot = (slot + 1) & lastSlot;
        }
    }

    /// @return the number of different rows
    public int count() {
        return count;
    }

    /// @return their numbers, in the order in which they were first met, `[count]` with room for more
    public Ints rows() {
        return rows;
    }

    /// @return their gradients, `[count, dim]` with room for more
    public Floats sums() {
        return sums;
    }
}
