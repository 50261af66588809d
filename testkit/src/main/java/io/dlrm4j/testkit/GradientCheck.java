package io.dlrm4j.testkit;

import java.util.function.DoubleSupplier;

/// Compares a gradient with central finite differences `(f(w + h) - f(w - h)) / 2h`.
public final class GradientCheck {
    /// Error of the difference is of order h² (its cut) plus 1e-16 / h (rounding of f): both about 1e-10 here.
    private static final double STEP = 1e-5;

    private GradientCheck() {}

    /// @param function value as a function of `parameters`, which it must read anew each time
    /// @param parameters changed and set back one by one
    /// @param gradient what is to be checked, as long as `parameters`
    /// @return the largest error of all parameters, each `|gradient - difference| / (1 + |difference|)`
    public static double worstError(DoubleSupplier function, double[] parameters, double[] gradient) {
        if (parameters.length != gradient.length) {
            throw new IllegalArgumentException(
                    "gradient of %d values, want %d as parameters".formatted(gradient.length, parameters.length));
        }
        double worst = 0;
        for (int i = 0; i < parameters.length; i++) {
            double kept = parameters[i];
            parameters[i] = kept + STEP;
            double above = function.getAsDouble();
            parameters[i] = kept - STEP;
            double below = function.getAsDouble();
            parameters[i] = kept;
            double difference = (above - below) / (2 * STEP);
            worst = Math.max(worst, Math.abs(gradient[i] - difference) / (1 + Math.abs(difference)));
        }
        return worst;
    }
}
