package io.dlrm4j.effects.solve;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.optimize.Stopping;

/// What a [Solver] minimizes, and how.
///
/// @param loss of one sample
/// @param intercept whether every entity has one
/// @param regularization how coefficients are held near 0
/// @param method how the minimum is looked for
/// @param stopping when it has been found
/// @param variance what is said about uncertainty
/// @param sparsity after training, coefficients of at most this size become 0 (not the intercept); GDMix and Photon
///     have 1e-4
/// @param compat whose known defects are reproduced
public record SolverSettings(
        Loss loss,
        boolean intercept,
        Regularization regularization,
        Method method,
        Stopping stopping,
        Variance variance,
        double sparsity,
        Compat compat) {
    private static final double GDMIX_SPARSITY = 1e-4;

    /// Logistic regression with a free intercept and an L2 penalty of 1.
    public static final SolverSettings LOGISTIC = new SolverSettings(
            Loss.LOGISTIC, true, Regularization.ridge(1), Method.AUTO, Stopping.DEFAULT, Variance.NONE, 0, Compat.NONE);

    /// @throws IllegalArgumentException for a negative sparsity, or a trust region with an L1 penalty
    public SolverSettings {
        if (!(sparsity >= 0)) {
            throw new IllegalArgumentException("sparsity=%s, want 0 or more".formatted(sparsity));
        }
        if (regularization.l1() > 0 && method != Method.AUTO && method != Method.LBFGS) {
            throw new IllegalArgumentException(
                    "method %s with l1=%s, want lbfgs: L1 penalties have no second derivative"
                            .formatted(method, regularization.l1()));
        }
    }

    /// What GDMix's trainer does unless told otherwise: logistic, L2 1 on the intercept too, L-BFGS of 100 steps.
    ///
    /// @return those settings, with its way of stopping
    public static SolverSettings gdmix() {
        return LOGISTIC.withRegularization(new Regularization(0, 1, true))
                .withMethod(Method.LBFGS)
                .withStopping(new Stopping(100, 1e-5, 0, 1e-12))
                .withSparsity(GDMIX_SPARSITY)
                .withCompat(Compat.GDMIX);
    }

    /// @return the same with another loss
    public SolverSettings withLoss(Loss other) {
        return new SolverSettings(other, intercept, regularization, method, stopping, variance, sparsity, compat);
    }

    /// @return the same with or without an intercept
    public SolverSettings withIntercept(boolean wanted) {
        return new SolverSettings(loss, wanted, regularization, method, stopping, variance, sparsity, compat);
    }

    /// @return the same with other penalties
    public SolverSettings withRegularization(Regularization other) {
        return new SolverSettings(loss, intercept, other, method, stopping, variance, sparsity, compat);
    }

    /// @return the same with another method
    public SolverSettings withMethod(Method other) {
        return new SolverSettings(loss, intercept, regularization, other, stopping, variance, sparsity, compat);
    }

    /// @return the same with other bounds
    public SolverSettings withStopping(Stopping other) {
        return new SolverSettings(loss, intercept, regularization, method, other, variance, sparsity, compat);
    }

    /// @return the same with another uncertainty
    public SolverSettings withVariance(Variance other) {
        return new SolverSettings(loss, intercept, regularization, method, stopping, other, sparsity, compat);
    }

    /// @return the same with another threshold below which coefficients become 0
    public SolverSettings withSparsity(double other) {
        return new SolverSettings(loss, intercept, regularization, method, stopping, variance, other, compat);
    }

    /// @return the same with another system's defects
    public SolverSettings withCompat(Compat other) {
        return new SolverSettings(loss, intercept, regularization, method, stopping, variance, sparsity, other);
    }
}
