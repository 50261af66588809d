package io.dlrm4j.effects.solve;

/// The features of n samples as a matrix X of `[n, d]`, with what a solver asks of it.
interface Design {
    /// Computes `z = offsets + X x`.
    ///
    /// @param x `[d]`
    /// @param offsets `[n]`
    /// @param z takes the sum, `[n]`
    void margins(double[] x, double[] offsets, double[] z);

    /// Computes `g = Xᵀ s`.
    ///
    /// @param s `[n]`
    /// @param g takes the product, `[d]`
    void transposedTimes(double[] s, double[] g);

    /// Computes `h = Xᵀ diag(c) X`.
    ///
    /// @param c `[n]`
    /// @param h takes the lower triangle, `[d, d]` by rows; what is above the diagonal is overwritten
    void gram(double[] c, double[] h);

    /// Computes the diagonal of [#gram] alone.
    ///
    /// @param c `[n]`
    /// @param diagonal takes the result, `[d]`
    void gramDiagonal(double[] c, double[] diagonal);
}
