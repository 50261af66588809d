package io.dlrm4j.core.engine;

/// The parts of a training step on one rank's thread, in the order in which profiles print them. A step is in one at a
/// time, so their times add up to the step's.
public enum StepPhase {
    /// Waiting for the batch, which another thread reads.
    READ("read"),
    /// Pooling the rows of this rank's tables.
    LOOKUP("lookup"),
    /// Bottom MLP, forward.
    BOTTOM("bottom"),
    /// Interaction, forward; with an engine that cannot tell, part of [#TOP].
    INTERACTION("interaction"),
    /// Top MLP forward, and the loss.
    TOP("top"),
    /// Top MLP, backward.
    BACKWARD_TOP("backward top"),
    /// Interaction, backward; with an engine that cannot tell, part of [#BACKWARD_TOP].
    BACKWARD_INTERACTION("backward interaction"),
    /// Bottom MLP, backward.
    BACKWARD_BOTTOM("backward bottom"),
    /// Moving the rows of this rank's tables.
    UPDATE_ROWS("update rows"),
    /// Moving the weights of the MLPs.
    UPDATE_MLPS("update MLPs"),
    /// Copying pooled vectors and their gradients to and from other ranks, also while something else is waited for.
    EXCHANGE("exchange"),
    /// Copying and summing gradients of the MLPs, also while something else is waited for.
    ALL_REDUCE("all-reduce"),
    /// Waiting for other ranks with nothing to copy or sum.
    WAIT("wait"),
    /// What is left.
    OTHER("other");

    private final String label;

    StepPhase(String label) {
        this.label = label;
    }

    /// @return as printed
    public String label() {
        return label;
    }
}
