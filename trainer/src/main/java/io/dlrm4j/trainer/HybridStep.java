package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.mlp.GradientBuckets;
import io.dlrm4j.shards.ShardedTables;

/// One synchronous training step on one rank: the whole algorithm, in order.
///
/// Embedding tables are split over ranks and meet the batch by all-to-all; both MLPs are copied to every rank and
/// agree by all-reduce. Every gradient is scaled by 1 / samples of the *global* batch where it begins, at the loss, and
/// only summed from there on: so N ranks do what one rank does, for every update rule. A line that waits for other
/// ranks says so. Allocates nothing.
public final class HybridStep {
    private final Communicator communicator;
    private final ShardedTables tables;
    private final DensePart dense;
    private final GradientBuckets buckets;
    private final LossSum losses;
    private long waitNanos;

    /// @param model the parts, which this rank's other steps use as well
    public HybridStep(HybridModel model) {
        this.communicator = model.communicator();
        this.tables = model.tables();
        this.dense = model.dense();
        this.buckets = model.buckets();
        this.losses = model.losses();
    }

    /// Trains on one batch.
    ///
    /// @param batch this rank's part of it
    /// @param learningRate of this step
    /// @return the mean loss of the global batch before the update, the same on every rank
    public double run(Batch batch, float learningRate) {
        waitNanos = 0;
        lookUp(batch);
        double sum = dense.topStep( // each finished layer's gradient enters a bucket
                tables.pooled(), batch.labels(), 1f / batch.globalSize(), buckets);
        Pending loss = losses.start(sum);
        Pending update = tables.startUpdate(batch, learningRate); // gradients go to the owners of the rows
        dense.bottomBackward(buckets); // overlaps the exchange

        long start = System.nanoTime();
        buckets.sumOverRanks(); // waits
        waitNanos += System.nanoTime() - start;
        dense.update(learningRate);
        await(update); // waits
        await(loss); // waits
        return losses.sum() / batch.globalSize();
    }

    /// Takes one batch up to the logits.
    ///
    /// @param batch this rank's part of it
    /// @return the logits of this rank's samples, `[size]`, valid until the next step
    public Floats forward(Batch batch) {
        lookUp(batch);
        return dense.topForward(tables.pooled());
    }

    /// Brings the pooled vectors of this rank's samples here, and takes their dense features through the bottom MLP.
    private void lookUp(Batch batch) {
        Pending pooled = tables.startLookup(batch); // owners pool, pooled rows travel
        dense.bottomForward(batch.dense(), batch.size()); // overlaps the exchange
        communicator.progress();
        await(pooled); // waits
    }

    /// @return nanoseconds the last [#run] spent waiting for other ranks (and in the work that is done while waiting)
    public long waitNanos() {
        return waitNanos;
    }

    private void await(Pending pending) {
        long start = System.nanoTime();
        pending.await();
        waitNanos += System.nanoTime() - start;
    }
}
