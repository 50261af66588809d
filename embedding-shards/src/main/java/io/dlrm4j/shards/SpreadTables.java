package io.dlrm4j.shards;

import io.dlrm4j.core.data.Batch;

/// Tables that do not lie on one rank each, as part of a step of [ShardedTables]: called in this order, the same on all
/// ranks.
interface SpreadTables {
    /// Gathers what lies here and starts to send it.
    void startLookup(Batch batch);

    /// Waits for the vectors of this rank's samples and pools them.
    void finishLookup();

    /// Starts to send the gradients of this rank's samples.
    void startUpdate(Batch batch);

    /// Waits for the gradients of the rows that lie here.
    void finishUpdate();

    /// Moves the rows that lie here.
    ///
    /// @return whether all that was written is finite
    boolean moveRows(float learningRate);
}
