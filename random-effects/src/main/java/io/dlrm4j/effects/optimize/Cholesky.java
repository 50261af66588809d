package io.dlrm4j.effects.optimize;

import io.dlrm4j.core.kernel.RegressionKernels;

/// The decomposition `A = L Lᵀ` of a symmetric positive definite matrix, `[d, d]` by rows in a plain array of which
/// only
/// the lower triangle is read; what is above the diagonal is overwritten.
public final class Cholesky {
    private static final RegressionKernels KERNELS = RegressionKernels.best();

    private Cholesky() {}

    /// Replaces A by L.
    ///
    /// @param a the lower triangle of A; of no use afterwards when the answer is false
    /// @param room `[d]`
    /// @return false when A is not positive definite, as far as doubles can tell
    public static boolean factor(double[] a, int d, double[] room) {
        return KERNELS.cholesky(a, d, room);
    }

    /// Solves `A x = b`.
    ///
    /// @param l what [#factor] left
    /// @param b `[d]`, replaced by x
    public static void solve(double[] l, int d, double[] b) {
        for (int i = 0; i < d; i++) {
            double sum = b[i];
            for (int k = 0; k < i; k++) {
                sum -= l[i * d + k] * b[k];
            }
            b[i] = sum / l[i * d + i];
        }
        solveTransposed(l, d, b);
    }

    /// Solves `Lᵀ x = b`: a standard normal `b` becomes a normal `x` of covariance `A⁻¹`.
    ///
    /// @param l what [#factor] left
    /// @param b `[d]`, replaced by x
    public static void solveTransposed(double[] l, int d, double[] b) {
        for (int i = d - 1; i >= 0; i--) {
            double x = b[i] / l[i * d + i];
            b[i] = x;
            for (int k = 0; k < i; k++) {
                b[k] -= l[i * d + k] * x;
            }
        }
    }

    /// Computes the diagonal of `A⁻¹`, about `d³/6` multiplications.
    ///
    /// @param l what [#factor] left; replaced by `L⁻¹`
    /// @param diagonal takes the result, `[d]`
    public static void inverseDiagonal(double[] l, int d, double[] diagonal) {
        invertLower(l, d);
        for (int j = 0; j < d; j++) {
            double sum = 0;
            for (int i = j; i < d; i++) {
                sum += l[i * d + j] * l[i * d + j];
            }
            diagonal[j] = sum;
        }
    }

    private static void invertLower(double[] l, int d) {
        for (int j = 0; j < d; j++) {
            l[j * d + j] = 1 / l[j * d + j];
            for (int i = j + 1; i < d; i++) {
                double sum = 0;
                for (int k = j; k < i; k++) {
                    sum += l[i * d + k] * l[k * d + j];
                }
                l[i * d + j] = -sum / l[i * d + i];
            }
        }
    }
}
