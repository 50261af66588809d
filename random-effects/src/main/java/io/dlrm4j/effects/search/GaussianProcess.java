package io.dlrm4j.effects.search;

import io.dlrm4j.effects.optimize.Cholesky;

/// Regression by a Gaussian process with a Matérn 5/2 kernel of one length scale (Rasmussen and Williams 2006, 2.2 and
/// 4.2). Values are standardized; length scale and noise are those of a grid under which the values are most likely.
final class GaussianProcess {
    private static final double[] LENGTHS = {0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5};
    private static final double[] NOISES = {1e-6, 1e-4, 1e-2, 1e-1};

    private final double[][] points;
    private final double mean;
    private final double scale;
    private double length;
    private double[] factor = {};
    private double[] weights = {};

    /// @param points at least one
    /// @param values one for each
    GaussianProcess(double[][] points, double[] values) {
        this.points = points;
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        this.mean = sum / values.length;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        double spread = Math.sqrt(squares / values.length);
        this.scale = spread > 0 ? spread : 1;
        double best = Double.NEGATIVE_INFINITY;
        for (double candidate : LENGTHS) {
            for (double noise : NOISES) {
                best = Math.max(best, fit(values, candidate, noise, best));
            }
        }
    }

    /// @return the mean of the value at a point
    double mean(double[] point) {
        double sum = 0;
        for (int i = 0; i < points.length; i++) {
            sum += weights[i] * matern(distance(point, points[i]) / length);
        }
        return mean + scale * sum;
    }

    /// @return the standard deviation of the value at a point, without noise
    double deviation(double[] point) {
        int n = points.length;
        double[] k = new double[n];
        for (int i = 0; i < n; i++) {
            k[i] = matern(distance(point, points[i]) / length);
        }
        double[] solved = k.clone();
        Cholesky.solve(factor, n, solved);
        double variance = 1;
        for (int i = 0; i < n; i++) {
            variance -= k[i] * solved[i];
        }
        return scale * Math.sqrt(Math.max(variance, 0));
    }

    /// Keeps the decomposition when the values are more likely than before.
    private double fit(double[] values, double candidate, double noise, double best) {
        int n = points.length;
        double[] k = new double[n * n];
        double[] standard = new double[n];
        for (int i = 0; i < n; i++) {
            standard[i] = (values[i] - mean) / scale;
            for (int j = 0; j <= i; j++) {
                k[i * n + j] = matern(distance(points[i], points[j]) / candidate) + (i == j ? noise : 0);
            }
        }
        if (!Cholesky.factor(k, n, new double[n])) {
            return Double.NEGATIVE_INFINITY;
        }
        double[] solved = standard.clone();
        Cholesky.solve(k, n, solved);
        double likelihood = 0;
        for (int i = 0; i < n; i++) {
            likelihood -= 0.5 * standard[i] * solved[i] + Math.log(k[i * n + i]);
        }
        if (likelihood > best) {
            length = candidate;
            factor = k;
            weights = solved;
        }
        return likelihood;
    }

    static double matern(double distance) {
        double r = Math.sqrt(5) * distance;
        return (1 + r + r * r / 3) * Math.exp(-r);
    }

    private static double distance(double[] a, double[] b) {
        double squares = 0;
        for (int j = 0; j < a.length; j++) {
            squares += (a[j] - b[j]) * (a[j] - b[j]);
        }
        return Math.sqrt(squares);
    }
}
