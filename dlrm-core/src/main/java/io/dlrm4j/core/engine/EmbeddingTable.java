package io.dlrm4j.core.engine;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.memory.Floats;

/// Rows of one embedding table (or of one shard of it) and the state of their update rule. One thread at a time.
public interface EmbeddingTable extends AutoCloseable {
    /// @return rows held here
    long rows();

    /// @return width of a row
    int dim();

    /// @return floats of optimizer state a row: 0 for SGD, 1 for row-wise Adagrad, [#dim] for Adagrad
    int stateWidth();

    /// Writes the sum of each bag's rows; an empty bag gives zeros, a row listed twice counts twice.
    ///
    /// @param bags row numbers of all samples, each in `[0, rows)`
    /// @param out receives the vector of sample `s` at `offset + s * stride`
    void pool(Bags bags, Floats out, long offset, int stride);

    /// Applies the gradients of the pooled vectors to the rows that were looked up, exactly for rows that occur
    /// more than once: the gradients of a row are summed in the order of the samples, then the update rule is
    /// applied once. SGD, being linear, may move a row once for each occurrence in that order instead.
    ///
    /// @param bags as given to [#pool]
    /// @param gradients holds the gradient of sample `s` at `offset + s * stride`
    /// @return whether all that was written is finite; an engine whose next loss tells says true
    boolean update(Bags bags, Floats gradients, long offset, int stride, float learningRate);

    /// Copies weights of `count` rows from `firstRow` on into `out`, `[count, dim]`.
    void readWeights(long firstRow, long count, Floats out);

    /// Sets weights of `count` rows from `firstRow` on, `[count, dim]`.
    void writeWeights(long firstRow, long count, Floats in);

    /// Copies optimizer state of `count` rows from `firstRow` on into `out`, `[count, stateWidth]`.
    void readState(long firstRow, long count, Floats out);

    /// Sets optimizer state of `count` rows from `firstRow` on, `[count, stateWidth]`.
    void writeState(long firstRow, long count, Floats in);

    @Override
    void close();
}
