package io.dlrm4j.effects.optimize;

/// Why a minimizer stopped.
public enum Ending {
    /// The gradient is as small as asked for.
    GRADIENT,
    /// The value does not fall any more, as far as asked for or as far as doubles can tell.
    PROGRESS,
    /// The number of steps is used up before that.
    ITERATIONS
}
