package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.atLeast;
import static io.dlrm4j.effects.optimize.Vectors.norm;

/// Minimizes `f(x) + Σ l1_j |x_j|` with f smooth: orthant-wise limited-memory quasi-Newton (Andrew and Gao 2007).
///
/// Steps stay in the orthant of the point they start from, so coefficients become exactly 0.
public final class OrthantWise {
    private static final double SUFFICIENT = 1e-4;
    private static final int SHORTENINGS = 50;

    private final CurvaturePairs pairs = new CurvaturePairs(Lbfgs.PAIRS);
    private double[] gradient = {};
    private double[] pseudo = {};
    private double[] direction = {};
    private double[] trial = {};
    private double[] trialGradient = {};
    private int iterations;
    private double value;

    /// Minimizes.
    ///
    /// @param x where to start, `[d]`; replaced by the minimizer
    /// @param l1 the penalty of each coefficient, `[d]`, 0 or more
    /// @return why it stopped; the gradient it looks at is that of smallest size among the subgradients
    /// @throws IllegalArgumentException when the function is not finite at the start
    public Ending minimize(SmoothFunction function, double[] x, double[] l1, Stopping stopping) {
        int d = function.dimension();
        room(d);
        pairs.begin(d);
        value = function.evaluate(x, gradient) + penalty(x, l1, d);
        Starts.requireFinite(value);
        pseudoGradient(x, l1, d);
        double firstNorm = norm(pseudo, d);
        for (iterations = 0; !stopping.gradientIsSmall(pseudo, d, firstNorm); iterations++) {
            if (iterations == stopping.iterations()) {
                return Ending.ITERATIONS;
            }
            direct(d);
            double before = value;
            if (!walk(function, x, l1, d)) {
                if (pairs.isEmpty()) {
                    return Ending.PROGRESS;
                }
                pairs.forget(); // once more, straight down
                continue;
            }
            pseudoGradient(x, l1, d);
            if (stopping.progressIsSmall(before, value)) {
                return stopping.gradientIsSmall(pseudo, d, firstNorm) ? Ending.GRADIENT : Ending.PROGRESS;
            }
        }
        return Ending.GRADIENT;
    }

    /// @return steps of the last minimization
    public int iterations() {
        return iterations;
    }

    /// @return the smallest value found by the last minimization, with the penalty
    public double value() {
        return value;
    }

    private void direct(int d) {
        for (int j = 0; j < d; j++) {
            direction[j] = -pseudo[j];
        }
        pairs.multiply(direction);
        double slope = 0;
        for (int j = 0; j < d; j++) {
            if (direction[j] * pseudo[j] >= 0) {
                direction[j] = 0; // would climb
            }
            slope += direction[j] * pseudo[j];
        }
        if (slope >= 0) {
            pairs.forget();
            for (int j = 0; j < d; j++) {
                direction[j] = -pseudo[j];
            }
        }
    }

    private boolean walk(SmoothFunction function, double[] x, double[] l1, int d) {
        double length = pairs.isEmpty() ? Math.min(1, 1 / norm(pseudo, d)) : 1;
        for (int i = 0; i < SHORTENINGS; i++) {
            double slope = 0;
            for (int j = 0; j < d; j++) {
                double orthant = x[j] != 0 ? x[j] : -pseudo[j];
                double next = x[j] + length * direction[j];
                trial[j] = l1[j] > 0 && next * orthant <= 0 ? 0 : next;
                slope += pseudo[j] * (trial[j] - x[j]);
            }
            double next = function.evaluate(trial, trialGradient) + penalty(trial, l1, d);
            if (next <= value + SUFFICIENT * slope && slope < 0) {
                pairs.add(x, trial, gradient, trialGradient);
                System.arraycopy(trial, 0, x, 0, d);
                double[] swap = gradient;
                gradient = trialGradient;
                trialGradient = swap;
                value = next;
                return true;
            }
            length *= 0.5;
        }
        return false;
    }

    /// The subgradient nearest to 0.
    private void pseudoGradient(double[] x, double[] l1, int d) {
        for (int j = 0; j < d; j++) {
            double g = gradient[j];
            if (x[j] != 0) {
                pseudo[j] = g + Math.copySign(l1[j], x[j]);
            } else if (g + l1[j] < 0) {
                pseudo[j] = g + l1[j];
            } else if (g - l1[j] > 0) {
                pseudo[j] = g - l1[j];
            } else {
                pseudo[j] = 0;
            }
        }
    }

    private static double penalty(double[] x, double[] l1, int d) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
            sum += l1[j] * Math.abs(x[j]);
        }
        return sum;
    }

    private void room(int d) {
        gradient = atLeast(gradient, d);
        pseudo = atLeast(pseudo, d);
        direction = atLeast(direction, d);
        trial = atLeast(trial, d);
        trialGradient = atLeast(trialGradient, d);
    }
}
