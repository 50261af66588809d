package io.dlrm4j.effects.online;

/// What a posterior knows of the precision (the inverse covariance) of its coefficients.
public enum Precision {
    /// All of it: `d²/2` numbers an entity.
    FULL,
    /// Its diagonal.
    DIAGONAL,
    /// It is taken for the identity.
    IDENTITY,
    /// Nothing: the penalty stands in for it.
    NONE;

    /// @param coefficients their number d
    /// @return how many numbers are kept
    public int numbers(int coefficients) {
        return switch (this) {
            case FULL -> Math.multiplyExact(coefficients, coefficients + 1) / 2;
            case DIAGONAL -> coefficients;
            case IDENTITY, NONE -> 0;
        };
    }
}
