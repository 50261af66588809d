package io.dlrm4j.effects.optimize;

/// Convex functions side by side, one in each lane, as [io.dlrm4j.core.kernel.LaneKernels] hold them: element
/// `j` of lane `l` is at `j * lanes + l`. Arrays passed in may be longer than needed.
public interface LaneFunction {
    /// @return number of coefficients of the lane that has most
    int coefficients();

    /// @return number of coefficients of a lane; its others stay 0 and change nothing
    int coefficients(int lane);

    /// @return lanes in use: the first ones
    int size();

    /// Computes gradients.
    ///
    /// @param theta where, `[coefficients, lanes]`
    /// @param gradient takes the gradients, `[coefficients, lanes]`
    void evaluate(double[] theta, double[] gradient);

    /// Computes the second derivatives at the point evaluated last.
    ///
    /// @param h takes the lower triangles by rows, `[coefficients (coefficients + 1) / 2, lanes]`
    void hessian(double[] h);
}
