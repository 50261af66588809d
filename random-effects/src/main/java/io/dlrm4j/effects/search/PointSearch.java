package io.dlrm4j.effects.search;

/// Looks for the point of the unit cube with the smallest value.
public interface PointSearch {
    /// @return the point to try next, each coordinate from 0 to 1
    double[] next();

    /// Takes what a point was worth.
    ///
    /// @param point a point that was tried
    /// @param value its value; smaller is better; a value that is not finite is left out
    void observe(double[] point, double value);
}
