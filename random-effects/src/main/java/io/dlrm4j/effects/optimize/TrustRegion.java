package io.dlrm4j.effects.optimize;

import static io.dlrm4j.effects.optimize.Vectors.addScaled;
import static io.dlrm4j.effects.optimize.Vectors.atLeast;
import static io.dlrm4j.effects.optimize.Vectors.dot;
import static io.dlrm4j.effects.optimize.Vectors.norm;

/// Newton's method in a trust region with conjugate gradients inside (TRON: Lin, Weng and Keerthi 2008): no Hessian in
/// memory, only its products with vectors.
public final class TrustRegion {
    private static final double ACCEPTED = 1e-4; // part of the promised fall that a step must bring
    private static final int FAILURES = 20;

    private final int inner;
    private double[] gradient = {};
    private double[] trial = {};
    private double[] trialGradient = {};
    private double[] step = {};
    private double[] residual = {};
    private double[] direction = {};
    private double[] product = {};
    private int iterations;
    private double value;

    /// @param conjugateSteps conjugate-gradient steps within one step at most; Photon has 20
    public TrustRegion(int conjugateSteps) {
        this.inner = conjugateSteps;
    }

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
        double radius = firstNorm;
        int failures = 0;
        iterations = 0;
        while (!stopping.gradientIsSmall(gradient, d, firstNorm)) {
            if (iterations == stopping.iterations()) {
                return Ending.ITERATIONS;
            }
            conjugateGradients(function, d, radius);
            addScaled(x, 1, step, trial, d);
            double next = function.evaluate(trial, trialGradient);
            double slope = dot(gradient, step, d);
            double promised = -0.5 * (slope - dot(step, residual, d));
            double fell = value - next;
            double length = norm(step, d);
            boolean noise = Math.abs(fell) <= 1e-12 * Math.abs(value) && norm(trialGradient, d) < norm(gradient, d);
            radius = nextRadius(radius, length, iterations == 0, next, slope, fell, promised);
            if (fell > ACCEPTED * promised || noise) {
                iterations++;
                failures = 0;
                System.arraycopy(trial, 0, x, 0, d);
                double[] swap = gradient;
                gradient = trialGradient;
                trialGradient = swap;
                double before = value;
                value = next;
                if (!noise && stopping.progressIsSmall(before, value)) {
                    return Ending.PROGRESS;
                }
            } else {
                function.evaluate(x, gradient); // products are taken where the last evaluation was
                if (++failures == FAILURES || promised <= 1e-15 * Math.abs(value)) {
                    return Ending.PROGRESS;
                }
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

    /// Radii as in LIBLINEAR's TRON: section 4 of the paper.
    private double nextRadius(
            double radius, double length, boolean first, double next, double slope, double fell, double promised) {
        double within = first ? Math.min(radius, length) : radius;
        if (!Double.isFinite(next)) {
            return 0.25 * Math.min(length, within);
        }
        double curve = next - value - slope;
        double alpha = curve <= 0 ? 4 : Math.max(0.25, -0.5 * (slope / curve));
        if (fell < ACCEPTED * promised) {
            return Math.min(Math.max(alpha, 0.25) * length, 0.5 * within);
        } else if (fell < 0.25 * promised) {
            return Math.max(0.25 * within, Math.min(alpha * length, 0.5 * within));
        } else if (fell < 0.75 * promised) {
            return Math.max(0.25 * within, Math.min(alpha * length, 4 * within));
        }
        return Math.max(within, Math.min(alpha * length, 4 * within));
    }

    /// Solves `H step = -gradient` roughly, and not beyond the radius.
    private void conjugateGradients(SmoothFunction function, int d, double radius) {
        for (int j = 0; j < d; j++) {
            step[j] = 0;
            residual[j] = -gradient[j];
            direction[j] = residual[j];
        }
        double squares = dot(residual, residual, d);
        double enough = Math.min(0.1, Math.sqrt(Math.sqrt(squares))) * Math.sqrt(squares);
        for (int i = 0; i < inner && Math.sqrt(squares) > enough; i++) {
            function.hessianTimes(direction, product);
            double curvature = dot(direction, product, d);
            double alpha = curvature > 0 ? squares / curvature : Double.POSITIVE_INFINITY;
            double toBorder = toBorder(d, radius);
            double taken = Math.min(alpha, toBorder);
            addScaled(step, taken, direction, step, d);
            addScaled(residual, -taken, product, residual, d);
            if (alpha >= toBorder) {
                return;
            }
            double after = dot(residual, residual, d);
            addScaled(residual, after / squares, direction, direction, d);
            squares = after;
        }
    }

    private double toBorder(int d, double radius) {
        double a = dot(direction, direction, d);
        double b = dot(step, direction, d);
        double c = dot(step, step, d) - radius * radius;
        double root = Math.sqrt(Math.max(b * b - a * c, 0));
        return b >= 0 ? -c / (b + root) : (root - b) / a;
    }

    private void room(int d) {
        gradient = atLeast(gradient, d);
        trial = atLeast(trial, d);
        trialGradient = atLeast(trialGradient, d);
        step = atLeast(step, d);
        residual = atLeast(residual, d);
        direction = atLeast(direction, d);
        product = atLeast(product, d);
    }
}
