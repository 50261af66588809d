package io.dlrm4j.effects.solve;

/// What is said about the uncertainty of coefficients; H is the Hessian of the whole objective at the minimum.
public enum Variance {
    /// Nothing.
    NONE,
    /// `1 / H_jj`: what one coefficient could vary with all others fixed; too small when features are correlated.
    SIMPLE,
    /// The diagonal of `H⁻¹`, `d³` more work.
    FULL
}
