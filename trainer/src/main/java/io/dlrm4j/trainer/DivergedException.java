package io.dlrm4j.trainer;

/// Training has left the numbers; thrown by every rank at the same step.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message the step, the samples and what to do
    public DivergedException(String message) {
        super(message);
    }
}
