package io.dlrm4j.core.kernel;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import org.jspecify.annotations.Nullable;

/// Inner loops over embedding rows, `d` floats wide: pooling, summing gradients, and the three update rules.
///
/// All offsets count floats from the start of a view and are 64-bit, so that tables may exceed 2^31 elements. Columns
/// are independent of each other but for the sum of squares in [#rowWiseAdagrad], whose order is fixed: so both
/// implementations give the same bits, on every processor.
public interface RowKernels {
    /// @return the vector kernels where the processor has vectors worth using, else the plain ones
    static RowKernels best() {
        return VectorSupport.available() ? new VectorRowKernels() : new ScalarRowKernels();
    }

    /// @return the first position in `ids[0, count)` that holds no number in `[0, rows)`, or -1
    int firstOutside(Ints ids, int count, int rows);

    /// Sums the rows of each bag in the order in which they are listed; an empty bag gives zeros.
    ///
    /// @param table rows, `[rows, d]`
    /// @param d floats in a row
    /// @param ids row numbers, checked by the caller
    /// @param starts first id of each sample and a closing entry, or null: sample `s` has the one id `ids[s]`
    /// @param samples number of bags
    /// @param out receives the vector of sample `s` at `offset + s * stride`
    void pool(Floats table, int d, Ints ids, @Nullable Ints starts, int samples, Floats out, long offset, int stride);

    /// Copies one row `[d]`.
    void copy(Floats to, long toAt, Floats from, long fromAt, int d);

    /// Adds one row `[d]` to another.
    void add(Floats to, long toAt, Floats from, long fromAt, int d);

    /// Moves the rows of each bag, `w -= rate g`, once for each time they are listed, in the order of the samples.
    ///
    /// @param table rows, `[rows, d]`
    /// @param d floats in a row
    /// @param ids row numbers, checked by the caller
    /// @param starts as for [#pool]
    /// @param samples number of bags
    /// @param gradients holds the gradient of sample `s` at `offset + s * stride`
    /// @return whether all that was written is finite
    boolean sgd(
            Floats table,
            int d,
            Ints ids,
            @Nullable Ints starts,
            int samples,
            Floats gradients,
            long offset,
            int stride,
            float rate);

    /// Moves rows by Adagrad (Duchi et al. 2011): `s += g²`, `w -= rate g / (sqrt(s) + eps)`, each column by itself.
    ///
    /// @param table `w`, `[rows, d]`
    /// @param state `s`, `[rows, d]`
    /// @param d floats in a row
    /// @param ids numbers of `count` different rows
    /// @param count number of rows to move
    /// @param gradients `g` of each, `[count, d]`
    /// @return whether all that was written is finite
    boolean adagrad(Floats table, Floats state, int d, Ints ids, int count, Floats gradients, float rate, float eps);

    /// Moves rows by row-wise Adagrad: `m += mean(g²)`, `w -= (rate / (sqrt(m) + eps)) g`, one `m` a row.
    ///
    /// The squares are summed as eight running sums, column `c` into sum `c mod 8`, which are then added as
    /// `((0+4) + (2+6)) + ((1+5) + (3+7))`.
    ///
    /// @param state `m`, `[rows]`
    /// @return whether all that was written is finite
    boolean rowWiseAdagrad(
            Floats table, Floats state, int d, Ints ids, int count, Floats gradients, float rate, float eps);
}
