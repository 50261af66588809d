package io.dlrm4j.core.kernel;

/// What Newton's method asks of one small dense regression, in double precision: products with the matrix of features,
/// and the logistic loss. Matrices are plain arrays without gaps, `n` counts samples, `d` coefficients, both also 0.
///
/// Every sum runs over samples, or over coefficients, in an order that does not depend on the width of vectors.
public interface RegressionKernels {
    /// Arrays longer than needed by this many elements are faster: the last vector then ends inside of them.
    int SLACK = 8;

    /// @return vector kernels where the processor has vectors of at least 256 bits, else plain loops
    static RegressionKernels best() {
        return VectorSupport.available() ? new VectorRegressionKernels() : new ScalarRegressionKernels();
    }

    /// Computes `z = offsets + X x`.
    ///
    /// @param columns X by columns, `[d, n]`
    /// @param x `[d]`
    /// @param offsets `[n]`
    /// @param z receives `[n]`
    void margins(double[] columns, int n, int d, double[] x, double[] offsets, double[] z);

    /// Computes `g = Xᵀ s`.
    ///
    /// @param rows X by rows, `[n, d]`
    /// @param s `[n]`
    /// @param g receives `[d]`
    void transposedTimes(double[] rows, int n, int d, double[] s, double[] g);

    /// Computes `h = Xᵀ diag(c) X`.
    ///
    /// @param rows X by rows, `[n, d]`
    /// @param c `[n]`
    /// @param h receives the lower triangle, `[d, d]` by rows; what is above the diagonal is overwritten
    void gram(double[] rows, int n, int d, double[] c, double[] h);

    /// Replaces a symmetric matrix A by L of `A = L Lᵀ`.
    ///
    /// @param a the lower triangle of A, `[d, d]` by rows; what is above the diagonal is overwritten
    /// @param room `[d]`
    /// @return false when A is not positive definite, as far as doubles can tell; then `a` is of no use
    boolean cholesky(double[] a, int d, double[] room);

    /// Computes the logistic loss `w (log(1 + e^z) - y z)` and its derivatives, exact to some units in the last place
    /// at
    /// any margin up to 700 and to 1e-300 beyond.
    ///
    /// @param z margins, `[n]`
    /// @param y labels from 0 to 1, `[n]`
    /// @param w weights, `[n]`
    /// @param losses receives weighted losses, `[n]`
    /// @param slopes receives the first derivatives by z, `[n]`
    /// @param curvatures receives the second derivatives by z, `[n]`
    void logistic(double[] z, double[] y, double[] w, int n, double[] losses, double[] slopes, double[] curvatures);
}
