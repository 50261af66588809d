package io.dlrm4j.core.data;

/// Data that cannot be used; the message names file, row, column and value.
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message what is wrong, where, and what to do
    public DataException(String message) {
        super(message);
    }

    /// @param message what is wrong, where, and what to do
    /// @param cause what the system said
    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
