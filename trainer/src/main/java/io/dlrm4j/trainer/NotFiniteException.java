package io.dlrm4j.trainer;

/// A step met a value that is no finite number, on this rank. Nothing of the step may be used.
final class NotFiniteException extends RuntimeException {
    static final int NONE = -1;

    private static final long serialVersionUID = 1;

    private final int sample;
    private final int table;

    /// @param what as printed: `output 3 of bot.1 is NaN`
    /// @param sample within the global batch, or [#NONE]
    /// @param table one of another rank, whose rows of this sample are to be named, or [#NONE]
    NotFiniteException(String what, int sample, int table) {
        super(what);
        this.sample = sample;
        this.table = table;
    }

    int sample() {
        return sample;
    }

    int table() {
        return table;
    }
}
