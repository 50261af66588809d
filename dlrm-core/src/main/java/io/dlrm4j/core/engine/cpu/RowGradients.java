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
/// One pass over the ids in sample order claims an entry for each row it meets: a row met for the first time only
/// remembers its sample; met again, its gradient is copied to a scratch row, to which this and later ones are added.
/// So rows that occur once, most of them, are never copied, nothing is sorted, and a sum is taken in the order of the
/// samples whatever the hash does.
///
/// ```
/// slots    [power of two]  stamp << 32 | entry     found by hash of the row; an old stamp means free
/// rows     [entries]       row number
/// sources  [entries]       sample that holds the gradient, or ~ number of the scratch row that holds the sum
/// ```
///
/// While a table has no more rows than there are slots the hash is the row number itself, and no two rows meet. A new
/// stamp frees all slots, so nothing is cleared between batches. Allocates nothing after construction.
final class RowGradients {
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L; // Knuth, The Art of Computer Programming 3, 6.4
    private static final long LOW = 0xFFFF_FFFFL;

    private final RowKernels kernels;
    private final int dim;
    private final MemorySegment slots;
    private final long lastSlot;
    private final long multiplier;
    private final int shift;
    private final Ints rows;
    private final Ints sources;
    private final Floats scratch;
    private int stamp;
    private int count;
    private int scratchRows;

    /// @param name prefix of the allocations
    /// @param tableRows rows of the table, below 2^31
    /// @param dim floats in a row
    /// @param maxIds most ids of one batch
    RowGradients(String name, long tableRows, int dim, int maxIds, RowKernels kernels, OffHeap memory) {
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
        this.sources = memory.ints(name + " gradient of each", entries);
        // a scratch row stands for two ids or more
        this.scratch = memory.floats(name + " gradient sums", Math.min(tableRows, maxIds / 2) * dim);
    }

    private static long powerOfTwo(long atLeast) {
        return atLeast == 1 ? 1 : Long.highestOneBit(atLeast - 1) << 1;
    }

    /// Takes a batch; its gradients must stay as they are until the sums have been used.
    ///
    /// @param bags ids of all samples, checked by the caller
    /// @param gradients holds the gradient of sample `s` at `offset + s * stride`
    void sum(Bags bags, Floats gradients, long offset, int stride) {
        begin();
        Ints ids = bags.ids();
        Ints starts = bags.starts();
        for (int sample = 0; sample < bags.count(); sample++) {
            int end = starts == null ? sample + 1 : starts.get(sample + 1);
            for (int k = starts == null ? sample : starts.get(sample); k < end; k++) {
                int entry = entryOf(ids.get(k));
                if (entry == count) {
                    rows.set(entry, ids.get(k));
                    sources.set(entry, sample);
                    count++;
                } else {
                    addAgain(entry, gradients, offset, stride, sample);
                }
            }
        }
    }

    private void begin() {
        count = 0;
        scratchRows = 0;
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

    private void addAgain(int entry, Floats gradients, long offset, int stride, int sample) {
        int source = sources.get(entry);
        long at = offset + (long) sample * stride;
        if (source >= 0) {
            long sum = (long) scratchRows * dim;
            sources.set(entry, ~scratchRows);
            scratchRows++;
            kernels.add(scratch, sum, gradients, offset + (long) source * stride, gradients, at, dim);
        } else {
            long sum = (long) ~source * dim;
            kernels.add(scratch, sum, scratch, sum, gradients, at, dim);
        }
    }

    /// @return the number of different rows, in the order in which they were first met
    int count() {
        return count;
    }

    /// @return the row number of `entry`
    int row(int entry) {
        return rows.get(entry);
    }

    /// @return the sample whose gradient is the sum of `entry`, or a negative number: the sum is in [#sums] at
    ///     `~source * dim`
    int source(int entry) {
        return sources.get(entry);
    }

    /// @return sums of the rows that occurred more than once
    Floats sums() {
        return scratch;
    }
}
