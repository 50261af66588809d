package io.dlrm4j.core.engine;

/// The parts of a training step on one rank's thread, in the order in which profiles print them. A step is in one at a
/// time, so their times add up to the step's.
public enum StepPhase {
    /// Waiting for the batch, which another thread reads.
    READ(0, "read"),
    /// Pooling the rows of this rank's tables.
    LOOKUP(1, "lookup"),
    /// Bottom MLP, forward.
    BOTTOM(2, "bottom"),
    /// Interaction, forward; with an engine that cannot tell, part of [#TOP].
    INTERACTION(3, "interaction"),
    /// Top MLP forward, and the loss.
    TOP(4, "top"),
    /// Top MLP, backward.
    BACKWARD_TOP(5, "backward top"),
    /// Interaction, backward; with an engine that cannot tell, part of [#BACKWARD_TOP].
    BACKWARD_INTERACTION(6, "backward interaction"),
    /// Bottom MLP, backward.
    BACKWARD_BOTTOM(7, "backward bottom"),
    /// Moving the rows of this rank's tables.
    UPDATE_ROWS(8, "update rows"),
    /// Moving the weights of the MLPs.
    UPDATE_MLPS(9, "update MLPs"),
    /// Copying pooled vectors and their gradients to and from other ranks, also while something else is waited for.
    EXCHANGE(10, "exchange"),
    /// Copying and summing gradients of the MLPs, also while something else is waited for.
    ALL_REDUCE(11, "all-reduce"),
    /// Waiting for other ranks with nothing to copy or sum.
    WAIT(12, "wait"),
    /// What is left.
    OTHER(13, "other");

    private final int index;
    private final String label;

    StepPhase(int index, String label) {
        this.index = index;
        this.label = label;
    }

    /// @return its place among the phases
    public int index() {
        return index;
    }

    /// @return as printed
    public String label() {
        return label;
    }
}
