package io.dlrm4j.core.kernel;

/// What Newton's method asks of several small logistic regressions side by side ([LaneSamples]), in double precision.
///
/// Nothing is added across lanes: what comes out of a lane depends on what is in it alone, and its bits neither on the
/// number of lanes nor on what the others hold. Vectors of coefficients are `[coefficients, lanes]`, symmetric matrices
/// the lower triangle by rows without gaps, `[coefficients (coefficients + 1) / 2, lanes]`.
public interface LaneKernels {
    /// @return vector kernels where the processor has vectors of at least 256 bits, else plain loops
    static LaneKernels best() {
        return VectorSupport.available() ? new VectorLaneKernels() : new ScalarLaneKernels();
    }

    /// @return where in a triangle the row begins
    static int triangle(int row) {
        return row * (row + 1) / 2;
    }

    /// @return regressions side by side
    int lanes();

    /// Fills the first columns of some rows of one lane.
    ///
    /// @param row the first, one of those that are stored together, as are all others
    /// @param rows how many
    /// @param values where their features are, row after row
    /// @param from the first row's feature of column 0
    /// @param count number of columns
    void put(LaneSamples samples, int lane, int row, int rows, double[] values, int from, int count);

    /// Adds to cells of a row of one lane.
    ///
    /// @param columns of the features, each `shift` too large
    /// @param values of the features
    /// @param from the first feature
    /// @param to behind the last
    void add(LaneSamples samples, int lane, int row, int[] columns, int shift, double[] values, int from, int to);

    /// Computes the gradients of the weighted logistic losses, and keeps the samples' derivatives for [#hessian].
    ///
    /// @param theta coefficients
    /// @param gradient receives the derivatives by the coefficients
    void evaluate(LaneSamples samples, double[] theta, double[] gradient);

    /// Computes the second derivatives at the coefficients evaluated last.
    ///
    /// @param h receives the triangle
    void hessian(LaneSamples samples, double[] h);

    /// Replaces symmetric matrices A by L of `A = L Lᵀ`.
    ///
    /// @param a the triangle
    /// @param d coefficients
    /// @param inverse receives 1 over the diagonal of L
    /// @return bit l is 1 where the matrix of lane l is positive definite, as far as doubles can tell; what is left
    ///     in other lanes is of no use
    long cholesky(double[] a, int d, double[] inverse);

    /// Solves `A x = b`.
    ///
    /// @param l what [#cholesky] left
    /// @param inverse what [#cholesky] left
    /// @param d coefficients
    /// @param b replaced by x
    void solve(double[] l, double[] inverse, int d, double[] b);

    /// Computes the diagonal of `A⁻¹`.
    ///
    /// @param l what [#cholesky] left
    /// @param inverse what [#cholesky] left
    /// @param d coefficients
    /// @param room `[d, lanes]`
    /// @param diagonal receives the result
    void inverseDiagonal(double[] l, double[] inverse, int d, double[] room, double[] diagonal);
}
