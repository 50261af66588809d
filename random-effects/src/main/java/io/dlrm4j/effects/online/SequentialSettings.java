package io.dlrm4j.effects.online;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.solve.Loss;

/// How a belief is updated.
///
/// @param loss [Loss#LOGISTIC] or [Loss#SQUARED]
/// @param intercept whether there is one; it is penalized like the others
/// @param memory the forgetting factor δ: 1 keeps all of the past, 0 forgets it
/// @param penalty precision p of a coefficient about which nothing is known
/// @param precision what of the precision is kept
/// @param compat [Compat#LAMBDA] for Lambda Learner's defects
public record SequentialSettings(
        Loss loss, boolean intercept, double memory, double penalty, Precision precision, Compat compat) {
    /// @throws IllegalArgumentException for another loss, or numbers out of bounds
    public SequentialSettings {
        if (loss != Loss.LOGISTIC && loss != Loss.SQUARED) {
            throw new IllegalArgumentException(
                    "online updates with the loss %s, want LOGISTIC or SQUARED".formatted(loss));
        }
        if (!(memory >= 0 && memory <= 1) || !(penalty >= 0) || Double.isInfinite(penalty)) {
            throw new IllegalArgumentException(
                    "memory=%s penalty=%s, want 0 to 1 and 0 or more".formatted(memory, penalty));
        }
    }

    /// Everything is remembered, and all of the precision kept.
    ///
    /// @param loss of a sample
    /// @param penalty precision at the beginning
    public static SequentialSettings exact(Loss loss, double penalty) {
        return new SequentialSettings(loss, true, 1, penalty, Precision.FULL, Compat.NONE);
    }

    /// @return the same with another forgetting factor
    public SequentialSettings withMemory(double other) {
        return new SequentialSettings(loss, intercept, other, penalty, precision, compat);
    }

    /// @return the same with another kind of precision
    public SequentialSettings withPrecision(Precision other) {
        return new SequentialSettings(loss, intercept, memory, penalty, other, compat);
    }

    /// @return the same with another system's defects
    public SequentialSettings withCompat(Compat other) {
        return new SequentialSettings(loss, intercept, memory, penalty, precision, other);
    }
}
