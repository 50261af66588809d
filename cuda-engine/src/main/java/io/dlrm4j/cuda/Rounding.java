package io.dlrm4j.cuda;

/// Sizes rounded up to what kernels and matrix products want.
final class Rounding {
    private Rounding() {}

    /// @return the least multiple of `step` that is `n` or more
    static int up(int n, int step) {
        return Math.toIntExact(up((long) n, step));
    }

    /// @return the least multiple of `step` that is `n` or more
    static long up(long n, int step) {
        return Math.ceilDiv(n, (long) step) * step;
    }
}
