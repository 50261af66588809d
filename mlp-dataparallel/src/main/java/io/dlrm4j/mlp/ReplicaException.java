package io.dlrm4j.mlp;

/// Copies that must be equal are not; the message names the ranks that differ.
public final class ReplicaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message what differs, on which ranks, and when it was found
    public ReplicaException(String message) {
        super(message);
    }
}
