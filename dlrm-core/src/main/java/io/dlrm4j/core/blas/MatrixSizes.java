package io.dlrm4j.core.blas;

import io.dlrm4j.core.memory.Floats;

/// What must hold before memory is handed to native code, which checks nothing.
final class MatrixSizes {
    private MatrixSizes() {}

    static void check(int m, int n, int k, Floats a, Floats b, Floats c) {
        if (m < 1 || n < 1 || k < 1) {
            throw new IllegalArgumentException("matrix product: m=%d n=%d k=%d, want 1 or more".formatted(m, n, k));
        }
        check("A", (long) m * k, a);
        check("B", (long) k * n, b);
        check("C", (long) m * n, c);
    }

    private static void check(String matrix, long want, Floats values) {
        if (values.length() < want) {
            throw new IllegalArgumentException(
                    "matrix product: %s has %d floats, want %d or more".formatted(matrix, values.length(), want));
        }
    }
}
