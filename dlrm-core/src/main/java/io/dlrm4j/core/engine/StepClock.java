package io.dlrm4j.core.engine;

/// Told by the thread of a step where the step is.
@FunctionalInterface
public interface StepClock {
    /// Takes no time.
    StepClock NONE = phase -> {};

    /// What was under way ends here and `phase` begins.
    void enter(StepPhase phase);
}
