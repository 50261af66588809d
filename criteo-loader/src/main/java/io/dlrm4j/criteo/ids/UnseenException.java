package io.dlrm4j.criteo.ids;

/// A value that is not in a given dictionary, which has no row for such.
public final class UnseenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int line;

    UnseenException(int line, String column, int value) {
        super("column %s: %08x is not in the vocabulary, which has no row for unseen values".formatted(column, value));
        this.line = line;
    }

    /// @return its line within the block
    public int line() {
        return line;
    }
}
