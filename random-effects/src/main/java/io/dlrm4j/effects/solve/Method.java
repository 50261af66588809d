package io.dlrm4j.effects.solve;

/// How the minimum is looked for.
public enum Method {
    /// [#NEWTON] where that is estimated to be faster, [#LBFGS] elsewhere, orthant-wise where there is an L1 penalty.
    AUTO,
    /// Newton with a dense Hessian: few coefficients.
    NEWTON,
    /// Limited-memory BFGS.
    LBFGS,
    /// Newton in a trust region, by conjugate gradients.
    TRUST_REGION
}
