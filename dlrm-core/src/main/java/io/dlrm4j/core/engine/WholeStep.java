package io.dlrm4j.core.engine;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.Floats;

/// The training step of a job of one rank as one piece, from an engine that is faster when nobody looks in
/// between: a graphics card. Does what lookup, [DensePart] and update would do one by one;
/// [DensePart#gradients] is not filled.
///
/// A second batch may be started before the first is finished, which is when an engine can overlap them.
public interface WholeStep extends AutoCloseable {
    /// Most steps that are started and not finished.
    int MOST_UNDER_WAY = 2;

    /// Starts to train on a batch. Returns when the batch has been read and may be filled again.
    ///
    /// @param batch with the ids of all tables
    /// @param learningRate of this step
    /// @throws IllegalStateException when [#MOST_UNDER_WAY] steps are under way
    void start(Batch batch, float learningRate);

    /// Waits for the oldest step started and not yet finished.
    ///
    /// @return the sum (not the mean) of the samples' losses before the update; not a number when a loss, a
    ///     row looked up or a new weight is not finite
    /// @throws IllegalArgumentException when an id of the batch is outside of its table; nothing was updated
    double finish();

    /// Takes one batch up to the logits; weights stay as they are. No step may be under way.
    ///
    /// @return the logits, `[batch.size()]`, valid until the next call
    Floats forward(Batch batch);

    @Override
    void close();
}
