package io.dlrm4j.effects.optimize;

/// A differentiable function of `d = dimension()` coefficients. The arrays passed in may be longer than `d`.
public interface SmoothFunction {
    /// @return number of coefficients
    int dimension();

    /// Computes value and gradient.
    ///
    /// @param x where, `[d]`
    /// @param gradient takes the gradient, `[d]`
    /// @return the value; not finite where the function overflows, which minimizers take as a step too long
    double evaluate(double[] x, double[] gradient);

    /// Computes the second derivatives at the point evaluated last.
    ///
    /// @param hessian takes the lower triangle, `[d, d]` by rows; what is above the diagonal is of no meaning
    void hessian(double[] hessian);

    /// Multiplies the second derivatives at the point evaluated last with a vector.
    ///
    /// @param vector `[d]`
    /// @param product takes the product, `[d]`
    void hessianTimes(double[] vector, double[] product);
}
