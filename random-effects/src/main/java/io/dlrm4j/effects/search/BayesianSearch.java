package io.dlrm4j.effects.search;

import java.util.ArrayList;
import java.util.List;

/// Bayesian search: a Gaussian process over the points tried so far, and of 250 even points the one with the largest
/// expected improvement (Jones, Schonlau and Welch 1998), as Photon's tuner has it. The first points are even ones.
public final class BayesianSearch implements PointSearch {
    private static final int CANDIDATES = 250;

    private final int first;
    private final SobolSearch even;
    private final List<double[]> points = new ArrayList<>();
    private final List<Double> values = new ArrayList<>();

    /// @param dimensions 1 to [SobolSearch#DIMENSIONS]
    /// @param seed of the even points
    public BayesianSearch(int dimensions, long seed) {
        this.even = new SobolSearch(dimensions, seed);
        this.first = dimensions + 2; // a process of fewer points says nothing
    }

    @Override
    public double[] next() {
        if (points.size() < first) {
            return even.next();
        }
        double[] worth = values.stream().mapToDouble(Double::doubleValue).toArray();
        GaussianProcess process = new GaussianProcess(points.toArray(double[][]::new), worth);
        double best = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double[] chosen = even.next();
        double largest = improvement(process, chosen, best);
        for (int i = 1; i < CANDIDATES; i++) {
            double[] candidate = even.next();
            double improvement = improvement(process, candidate, best);
            if (improvement > largest) {
                largest = improvement;
                chosen = candidate;
            }
        }
        return chosen;
    }

    @Override
    public void observe(double[] point, double value) {
        if (Double.isFinite(value)) {
            points.add(point.clone());
            values.add(value);
        }
    }

    private static double improvement(GaussianProcess process, double[] point, double best) {
        double deviation = process.deviation(point);
        double gain = best - process.mean(point);
        if (deviation <= 0) {
            return Math.max(gain, 0);
        }
        double z = gain / deviation;
        return gain * normal(z) + deviation * Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    }

    /// The standard normal distribution function, to 1e-7 (Abramowitz and Stegun 1964, 26.2.17).
    private static double normal(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double tail = Math.exp(-0.5 * z * z)
                / Math.sqrt(2 * Math.PI)
                * t
                * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z >= 0 ? 1 - tail : tail;
    }
}
