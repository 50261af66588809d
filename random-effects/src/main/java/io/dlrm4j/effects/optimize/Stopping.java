package io.dlrm4j.effects.optimize;

/// When a minimizer stops: at the first of these.
///
/// @param iterations at most so many steps
/// @param absoluteGradient when no element of the gradient is larger
/// @param relativeGradient when the gradient's Euclidean norm is at most this part of its norm at the start
/// @param relativeValue when a step lowers the value by at most this part of `max(|before|, |after|, 1)`
public record Stopping(int iterations, double absoluteGradient, double relativeGradient, double relativeValue) {
    /// Close enough that coefficients are right to six places and more: `1e-8` of the first gradient.
    public static final Stopping DEFAULT = new Stopping(200, 1e-9, 1e-8, 1e-15);

    /// @throws IllegalArgumentException for a negative number
    public Stopping {
        if (iterations < 0 || !(absoluteGradient >= 0) || !(relativeGradient >= 0) || !(relativeValue >= 0)) {
            throw new IllegalArgumentException(
                    "iterations=%d absoluteGradient=%s relativeGradient=%s relativeValue=%s, want 0 or more"
                            .formatted(iterations, absoluteGradient, relativeGradient, relativeValue));
        }
    }

    /// @param atMost number of steps
    /// @return the same with another limit of steps
    public Stopping withIterations(int atMost) {
        return new Stopping(atMost, absoluteGradient, relativeGradient, relativeValue);
    }

    /// @param bound of the gradient's elements
    /// @return the same with another absolute bound
    public Stopping withAbsoluteGradient(double bound) {
        return new Stopping(iterations, bound, relativeGradient, relativeValue);
    }

    boolean gradientIsSmall(double[] gradient, int d, double firstNorm) {
        double largest = 0;
        double squares = 0;
        for (int j = 0; j < d; j++) {
            largest = Math.max(largest, Math.abs(gradient[j]));
            squares += gradient[j] * gradient[j];
        }
        return largest <= absoluteGradient || Math.sqrt(squares) <= relativeGradient * firstNorm;
    }

    boolean progressIsSmall(double before, double after) {
        return before - after <= relativeValue * Math.max(Math.max(Math.abs(before), Math.abs(after)), 1);
    }
}
