package io.dlrm4j.criteo.store;

/// What a click of Criteo's logs is made of: a label, 13 counts, 26 categories.
public final class CriteoRow {
    /// Counts of a row.
    public static final int DENSE = 13;

    /// Categories of a row.
    public static final int TABLES = 26;

    private CriteoRow() {}

    /// @return `ln(1 + count)` as the reference has it: the sum is rounded to `float32` first, the logarithm once, at
    /// the
    ///     end
    public static float logOfCount(int count) {
        return (float) Math.log(count + 1f);
    }
}
