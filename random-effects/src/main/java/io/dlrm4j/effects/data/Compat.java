package io.dlrm4j.effects.data;

/// Whose behaviour is reproduced where the older systems are known to be wrong. Each deviation is described where it
/// is made; [#NONE] is right and the default.
public enum Compat {
    /// No known defect is reproduced.
    NONE,
    /// LinkedIn's GDMix.
    GDMIX,
    /// LinkedIn's Photon-ML (GAME).
    PHOTON,
    /// LinkedIn's Lambda Learner.
    LAMBDA
}
