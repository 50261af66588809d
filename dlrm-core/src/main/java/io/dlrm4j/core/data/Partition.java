package io.dlrm4j.core.data;

/// How a global batch is cut for the ranks: contiguous parts in rank order whose sizes differ by one at most.
public final class Partition {
    private Partition() {}

    /// @return the first sample of `part` when `total` samples are cut into `parts`; `total` for `part == parts`
    public static int start(int total, int parts, int part) {
        return (int) ((long) total * part / parts);
    }

    /// @return the number of samples of `part`
    public static int size(int total, int parts, int part) {
        return start(total, parts, part + 1) - start(total, parts, part);
    }

    /// @return the largest part of `total`
    public static int maxSize(int total, int parts) {
        return (total + parts - 1) / parts;
    }
}
