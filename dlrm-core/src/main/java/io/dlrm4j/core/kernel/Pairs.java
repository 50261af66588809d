package io.dlrm4j.core.kernel;

/// Where the product of two feature vectors stands among all products of a sample: the lower triangle, row by row.
final class Pairs {
    private Pairs() {}

    /// @return number of products of `features` vectors
    static int count(int features, boolean itself) {
        return features * (itself ? features + 1 : features - 1) / 2;
    }

    /// @return position of the product of vectors `i` and `j`, in either order
    static int index(int i, int j, boolean itself) {
        int high = Math.max(i, j);
        return high * (itself ? high + 1 : high - 1) / 2 + Math.min(i, j);
    }
}
