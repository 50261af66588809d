package io.dlrm4j.mlp;

/// The sum of one bucket of gradients over all ranks, in the format of the wire. Called in this order, for all
/// buckets the same on all ranks, each step.
interface BucketSum {
    /// What this rank has left of earlier steps joins the bucket, whose own gradients are final.
    default void join() {}

    /// Starts to send.
    void start();

    /// Waits for what others sent first, and sends what follows from it, if anything does. Buckets take this
    /// stage one after the other, so that one's answers travel while the next is summed.
    default void next() {}

    /// Waits until the bucket is the sum over all ranks, with the same bits on every rank.
    void await();
}
