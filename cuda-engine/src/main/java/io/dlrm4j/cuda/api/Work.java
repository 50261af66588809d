package io.dlrm4j.cuda.api;

/// Something prepared once and enqueued often: a kernel, a matrix product.
@FunctionalInterface
public interface Work {
    /// Enqueues it; returns at once.
    void enqueue(Lane lane);
}
