package io.dlrm4j.core.data;

import io.dlrm4j.core.memory.Floats;

/// Where the pooled vectors of one rank's samples lie, and where their gradients go: the layout in which they arrive
/// from (and return to) their owners, so that nothing is packed.
///
/// The vector of sample `s` of table `t` is `values[offset(t) + s * stride(t) .. + d)`; its gradient has the same
/// place in `gradients`. Offsets depend on the number of samples, so the owner of this view sets them for each batch.
public final class PooledVectors {
    private final Floats values;
    private final Floats gradients;
    private final long[] offsets;
    private final int[] strides;

    /// @param values pooled vectors
    /// @param gradients their gradients, as long as `values`
    /// @param tables number of tables
    public PooledVectors(Floats values, Floats gradients, int tables) {
        this.values = values;
        this.gradients = gradients;
        this.offsets = new long[tables];
        this.strides = new int[tables];
    }

    /// Says where table `table` lies for the batch at hand.
    public void place(int table, long offset, int stride) {
        offsets[table] = offset;
        strides[table] = stride;
    }

    /// @return the number of tables
    public int tables() {
        return offsets.length;
    }

    /// @return first float of sample 0 of `table`
    public long offset(int table) {
        return offsets[table];
    }

    /// @return floats from one sample of `table` to the next
    public int stride(int table) {
        return strides[table];
    }

    /// @return the pooled vectors
    public Floats values() {
        return values;
    }

    /// @return the gradients of the pooled vectors
    public Floats gradients() {
        return gradients;
    }
}
