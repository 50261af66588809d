package io.dlrm4j.core.data;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;

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

    /// Copies the vectors of the first `n` samples, for an engine that cannot read them where they are.
    ///
    /// @param dim floats of a vector
    /// @return `[n, tables, dim]`
    public float[] packedValues(int n, int dim) {
        float[] packed = new float[n * tables() * dim];
        for (int s = 0; s < n; s++) {
            for (int t = 0; t < tables(); t++) {
                MemorySegment.copy(
                        values.segment(), JAVA_FLOAT_UNALIGNED, at(t, s), packed, (s * tables() + t) * dim, dim);
            }
        }
        return packed;
    }

    /// Copies gradients of the first `n` samples to their places, the way back of [#packedValues].
    public void unpackGradients(float[] packed, int n, int dim) {
        for (int s = 0; s < n; s++) {
            for (int t = 0; t < tables(); t++) {
                MemorySegment.copy(
                        packed, (s * tables() + t) * dim, gradients.segment(), JAVA_FLOAT_UNALIGNED, at(t, s), dim);
            }
        }
    }

    /// The byte at which a vector starts.
    private long at(int table, int sample) {
        return (offsets[table] + (long) sample * strides[table]) * Float.BYTES;
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
