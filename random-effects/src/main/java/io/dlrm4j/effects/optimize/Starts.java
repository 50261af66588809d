package io.dlrm4j.effects.optimize;

/// What every minimizer asks of its first point.
final class Starts {
    private Starts() {}

    static void requireFinite(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(
                    "the objective is %s where it starts; look for offsets or features of extreme size"
                            .formatted(value));
        }
    }
}
