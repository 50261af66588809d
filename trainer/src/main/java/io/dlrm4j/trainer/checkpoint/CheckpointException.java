package io.dlrm4j.trainer.checkpoint;

/// A checkpoint that cannot be written, read or used; the message names folder, file and block.
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message what is wrong, where, and what to do
    public CheckpointException(String message) {
        super(message);
    }

    /// @param message what is wrong, where, and what to do
    /// @param cause what the system said
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
