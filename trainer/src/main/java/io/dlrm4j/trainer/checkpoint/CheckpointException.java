package io.dlrm4j.trainer.checkpoint;

/// A checkpoint that cannot be written, read or used; the message names folder, file and block.
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean beyondRepair;

    private CheckpointException(String message, boolean beyondRepair) {
        super(message);
        this.beyondRepair = beyondRepair;
    }

    /// @param message what is wrong, where, and what to do
    public CheckpointException(String message) {
        this(message, false);
    }

    /// @return one that no further attempt can help: what should be written must not be
    static CheckpointException beyondRepair(String message) {
        return new CheckpointException(message, true);
    }

    /// @return whether no further attempt can help
    public boolean isBeyondRepair() {
        return beyondRepair;
    }

    /// @param message what is wrong, where, and what to do
    /// @param cause what the system said
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
        this.beyondRepair = false;
    }
}
