package io.dlrm4j.effects.solve;

/// The features of n samples as a matrix X of `[n, d]`, with what a solver asks of it.
interface Design {
    /// Computes `z = X x`.
    ///
    /// @param x `[d]`
    /// @param z takes the product, `[n]`
    void times(double[] x, double[] z);

    /// Computes `g = Xᵀ s`.
    ///
    /// @param s `[n]`
    /// @param g takes the product, `[d]`
    void transposedTimes(double[] s, double[] g);

    /// Computes `h = Xᵀ diag(c) X`.
    ///
    /// @param c `[n]`
    /// @param h takes the lower triangle, `[d, d]` by rows
    void gram(double[] c, double[] h);
}
