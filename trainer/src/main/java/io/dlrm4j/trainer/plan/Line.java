package io.dlrm4j.trainer.plan;

/// A cost that grows with an amount: seconds for a start, and seconds for each unit.
///
/// @param fixed seconds whatever the amount
/// @param perUnit seconds for one unit
public record Line(double fixed, double perUnit) {
    /// What costs nothing.
    static final Line FREE = new Line(0, 0);

    public Line {
        if (!(fixed >= 0 && perUnit >= 0 && fixed < Double.POSITIVE_INFINITY && perUnit < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "rate of %s s and %s s a unit, want numbers of 0 or more".formatted(fixed, perUnit));
        }
    }

    /// @return the line through two measured points, `x1 < x2`, with nothing below zero
    static Line through(double x1, double seconds1, double x2, double seconds2) {
        double slope = Math.max(0, (seconds2 - seconds1) / (x2 - x1));
        return new Line(Math.max(0, seconds1 - slope * x1), slope > 0 ? slope : seconds2 / x2);
    }

    /// @return seconds for `units`
    double at(double units) {
        return fixed + perUnit * units;
    }
}
