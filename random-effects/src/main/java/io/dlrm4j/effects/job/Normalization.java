package io.dlrm4j.effects.job;

/// How a coordinate's features are scaled before it is trained; its models are turned back, and fit features as they
/// come. The same as Photon's `normalization`.
public enum Normalization {
    /// As they come.
    NONE,
    /// Divided by their standard deviation over all training samples.
    SCALE_WITH_STANDARD_DEVIATION,
    /// Divided by their largest magnitude.
    SCALE_WITH_MAX_MAGNITUDE,
    /// Shifted by their mean and divided by their standard deviation. A shift changes the free intercept and nothing
    /// else, so that none is made: sparse samples stay sparse.
    STANDARDIZATION
}
