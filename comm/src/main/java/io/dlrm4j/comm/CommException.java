package io.dlrm4j.comm;

/// The ranks cannot go on together; every rank throws the same sentence, naming the rank at fault and the operation.
public final class CommException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int lostRank;

    /// @param message which rank is at fault, in which operation, and what was seen
    /// @param lostRank the rank at fault, or -1 where none can be named
    public CommException(String message, int lostRank) {
        super(message);
        this.lostRank = lostRank;
    }

    /// @return the rank at fault, or -1 where none can be named
    public int lostRank() {
        return lostRank;
    }
}
