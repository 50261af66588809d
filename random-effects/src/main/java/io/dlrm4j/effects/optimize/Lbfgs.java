package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.atLeast;
import static io.dlrm4j.effects.optimize.Vectors.norm;

/// Limited-memory BFGS (Liu and Nocedal 1989): any number of coefficients, no second derivatives; a step costs one or
/// two evaluations and `4 m d` multiplications for `m` curvature pairs.
public final class Lbfgs {
    /// Curvature pairs, as GDMix and Photon have them.
    public static final int PAIRS = 10;

    private static final double ROUNDING = 1e-14;
    private static final int PATIENCE = 10;

    private final CurvaturePairs pairs;
    private final StrongWolfe line = new StrongWolfe();
    private double[] gradient = {};
    private double[] direction = {};
    private int iterations;
    private double value;

    /// @param pairs how many steps are remembered, 1 or more
    public Lbfgs(int pairs) {
        if (pairs < 1) {
            throw new IllegalArgumentException("curvature pairs=%d, want 1 or more".formatted(pairs));
        }
        this.pairs = new CurvaturePairs(pairs);
    }

    /// Minimizes.
    ///
    /// @param x where to start, `[d]`; replaced by the minimizer
    /// @return why it stopped
    /// @throws IllegalArgumentException when the function is not finite at the start
    public Ending minimize(SmoothFunction function, double[] x, Stopping stopping) {
        int d = function.dimension();
        gradient = atLeast(gradient, d);
        direction = atLeast(direction, d);
        pairs.begin(d);
        value = function.evaluate(x, gradient);
        Starts.requireFinite(value);
        double firstNorm = norm(gradient, d);
        // where the value is all rounding the gradient may still fall, though not in every step
        int patience = stopping.relativeValue() < ROUNDING ? PATIENCE : 0;
        int idle = 0;
        for (iterations = 0; !stopping.gradientIsSmall(gradient, d, firstNorm); iterations++) {
            if (iterations == stopping.iterations()) {
                return Ending.ITERATIONS;
            }
            for (int j = 0; j < d; j++) {
                direction[j] = -gradient[j];
            }
            boolean steepest = pairs.isEmpty();
            pairs.multiply(direction);
            double firstLength = steepest ? Math.min(1, 1 / norm(gradient, d)) : 1;
            if (!line.search(function, x, value, gradient, direction, firstLength)) {
                if (steepest) {
                    return Ending.PROGRESS;
                }
                pairs.forget(); // once more, straight down
                continue;
            }
            double before = value;
            double[] old = gradient;
            value = line.value();
            gradient = line.exchangeGradient(old);
            pairs.add(x, line.point(), old, gradient);
            System.arraycopy(line.point(), 0, x, 0, d);
            idle = stopping.progressIsSmall(before, value) ? idle + 1 : 0;
            if (idle > patience) {
                return stopping.gradientIsSmall(gradient, d, firstNorm) ? Ending.GRADIENT : Ending.PROGRESS;
            }
        }
        return Ending.GRADIENT;
    }

    /// @return steps of the last minimization
    public int iterations() {
        return iterations;
    }

    /// @return the smallest value found by the last minimization
    public double value() {
        return value;
    }
}
