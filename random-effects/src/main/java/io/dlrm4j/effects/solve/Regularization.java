package io.dlrm4j.effects.solve;

/// How coefficients are held near 0: `l1 Σ|θ_j| + (l2/2) Σθ_j²`.
///
/// @param l1 0 or more
/// @param l2 0 or more
/// @param intercept whether the intercept is held too; both penalties or neither, except under
///     [io.dlrm4j.effects.data.Compat#PHOTON]
public record Regularization(double l1, double l2, boolean intercept) {
    /// None at all.
    public static final Regularization NONE = new Regularization(0, 0, false);

    /// @throws IllegalArgumentException for a negative penalty
    public Regularization {
        if (!(l1 >= 0) || !(l2 >= 0) || Double.isInfinite(l1 + l2)) {
            throw new IllegalArgumentException("l1=%s l2=%s, want finite penalties of 0 or more".formatted(l1, l2));
        }
    }

    /// @param l2 0 or more
    /// @return a ridge that leaves the intercept free
    public static Regularization ridge(double l2) {
        return new Regularization(0, l2, false);
    }

    /// @param weight the penalties' sum
    /// @param alpha the part of L1 in it, 0 to 1
    /// @return an elastic net that leaves the intercept free
    /// @throws IllegalArgumentException when alpha is out of bounds
    public static Regularization elasticNet(double weight, double alpha) {
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("alpha=%s, want 0 to 1".formatted(alpha));
        }
        return new Regularization(alpha * weight, (1 - alpha) * weight, false);
    }

    /// @return the same, with the intercept held or free
    public Regularization withIntercept(boolean held) {
        return new Regularization(l1, l2, held);
    }

    /// @param factor 0 or more
    /// @return both penalties times the factor
    public Regularization times(double factor) {
        return new Regularization(l1 * factor, l2 * factor, intercept);
    }
}
