package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.addScaled;
import static io.dlrm4j.effects.optimize.Vectors.atLeast;
import static io.dlrm4j.effects.optimize.Vectors.dot;
import static io.dlrm4j.effects.optimize.Vectors.norm;

/// Newton's method with a dense Hessian, for few coefficients: about five steps of `d³/6` multiplications and one
/// Hessian each.
///
/// A Hessian that is not positive definite gets a multiple of the identity added until it is (Levenberg). Steps are
/// shortened until the value falls as Armijo asks. When the last step brought the gradient down so far that three more
/// of its kind will do, those are taken with the old factorization (chord steps), at a third of the cost each.
public final class Newton {
    private static final double SUFFICIENT = 1e-4;
    private static final int SHORTENINGS = 60;

    private double[] gradient = {};
    private double[] trial = {};
    private double[] trialGradient = {};
    private double[] step = {};
    private double[] hessian = {};
    private double[] factor = {};
    private int iterations;
    private double value;

    /// Minimizes.
    ///
    /// @param x where to start, `[d]`; replaced by the minimizer
    /// @return why it stopped
    /// @throws IllegalArgumentException when the function is not finite at the start
    public Ending minimize(SmoothFunction function, double[] x, Stopping stopping) {
        int d = function.dimension();
        room(d);
        value = function.evaluate(x, gradient);
        Starts.requireFinite(value);
        double firstNorm = norm(gradient, d);
        boolean factored = false;
        iterations = 0;
        while (!stopping.gradientIsSmall(gradient, d, firstNorm)) {
            if (iterations == stopping.iterations()) {
                return Ending.ITERATIONS;
            }
            iterations++;
            if (!factored) {
                factorHessian(function, d);
            }
            for (int j = 0; j < d; j++) {
                step[j] = -gradient[j];
            }
            Cholesky.solve(factor, d, step);
            double before = value;
            double normBefore = norm(gradient, d);
            double taken = walk(function, x, d);
            if (taken == 0) {
                if (!factored) {
                    return Ending.PROGRESS;
                }
                factored = false; // the chord was too crude: once more with a fresh Hessian
                function.evaluate(x, gradient);
                continue;
            }
            double normAfter = norm(gradient, d);
            double rate = normAfter / normBefore; // chord steps go on at about this rate
            double afterChords = normAfter * rate * rate * rate;
            factored = taken == 1 && afterChords <= stopping.relativeGradient() * firstNorm;
            if (!factored && stopping.progressIsSmall(before, value)) {
                return Ending.PROGRESS;
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

    /// Moves x along the step. The rounding of the value is allowed for: close to the minimum it is all noise, and the
    /// gradient decides.
    ///
    /// @return the part of the step that was taken, 0 when no part lowers the value
    private double walk(SmoothFunction function, double[] x, int d) {
        double slope = dot(gradient, step, d);
        if (!(slope < 0)) {
            return 0;
        }
        double noise = 1e-12 * Math.abs(value);
        double length = 1;
        for (int i = 0; i < SHORTENINGS; i++) {
            addScaled(x, length, step, trial, d);
            double next = function.evaluate(trial, trialGradient);
            boolean lower = next <= value + SUFFICIENT * length * slope;
            boolean flat = next <= value + noise && norm(trialGradient, d) < norm(gradient, d);
            if (lower || flat) {
                System.arraycopy(trial, 0, x, 0, d);
                double[] swap = gradient;
                gradient = trialGradient;
                trialGradient = swap;
                value = next;
                return length;
            }
            double parabola = -slope * length * length / (2 * (next - value - slope * length));
            length = parabola >= 0.1 * length ? Math.min(parabola, 0.5 * length) : 0.1 * length; // also for NaN
        }
        return 0;
    }

    private void factorHessian(SmoothFunction function, int d) {
        function.hessian(hessian);
        double largest = 0;
        for (int j = 0; j < d; j++) {
            largest = Math.max(largest, hessian[j * d + j]);
        }
        double added = 0;
        while (true) {
            System.arraycopy(hessian, 0, factor, 0, d * d);
            for (int j = 0; j < d; j++) {
                factor[j * d + j] += added;
            }
            if (Cholesky.factor(factor, d, trial)) {
                return;
            }
            added = added == 0 ? Math.max(1e-12 * largest, Double.MIN_NORMAL) : 100 * added;
        }
    }

    private void room(int d) {
        gradient = atLeast(gradient, d);
        trial = atLeast(trial, d);
        trialGradient = atLeast(trialGradient, d);
        step = atLeast(step, d);
        hessian = atLeast(hessian, d * d);
        factor = atLeast(factor, d * d);
    }
}
