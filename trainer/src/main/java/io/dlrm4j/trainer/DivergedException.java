package io.dlrm4j.trainer;

/// Training has left the numbers. Thrown by the rank that finds it, and told to the others.
public final class DivergedException extends RuntimeException {
    static final String ADVICE =
            "lower optimizer.learning_rate, look at the data, or continue from a checkpoint before it";

    private static final long serialVersionUID = 1;

    /// @param message the step, the rank, what is no finite number, and what to do
    public DivergedException(String message) {
        super(message);
    }
}
