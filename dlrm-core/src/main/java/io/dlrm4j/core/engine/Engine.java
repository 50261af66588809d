package io.dlrm4j.core.engine;

import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;

/// Everything that computes on one rank. Chosen once, by name, printed, and recorded in checkpoints.
public interface Engine extends AutoCloseable {
    /// @return the name by which it is chosen: `cpu`, `nd4j`
    String name();

    /// @return one line for the log: matrix products by what, vectors of which width
    String description();

    /// @param shape the model
    /// @param maxSamples samples of this rank's part of the largest batch
    /// @param rule update rule: `SGD` or `ADAGRAD`
    /// @param memory owns all buffers
    /// @return the dense part, its weights all zero
    DensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory);

    /// @param name as printed: `table 13`
    /// @param rows number of rows
    /// @param dim width of a row
    /// @param maxSamples samples of the largest global batch
    /// @param maxIds ids of the largest global batch
    /// @param rule update rule
    /// @param memory owns all buffers
    /// @return the rows of one shard, all zero
    EmbeddingTable table(String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory);

    /// @return the threads that compute; of one where the engine has none of its own
    Crew crew();

    @Override
    void close();
}
