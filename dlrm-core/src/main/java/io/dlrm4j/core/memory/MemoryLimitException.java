package io.dlrm4j.core.memory;

/// An allocation would pass the limit of its owner, or the system refused it.
public final class MemoryLimitException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message who asked for how much, and what to do
    public MemoryLimitException(String message) {
        super(message);
    }
}
