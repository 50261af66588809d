package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import java.util.Map;
import java.util.TreeMap;

/// One embedding table in double precision, written for reading.
final class NaiveTable {
    private static final double EPS = 1e-10;

    final double[][] weights;
    final double[][] state;
    private final OptimizerKind kind;
    private final int dim;

    NaiveTable(int rows, int dim, OptimizerKind kind) {
        this.weights = new double[rows][dim];
        this.state = new double[rows][dim]; // row-wise Adagrad uses column 0
        this.kind = kind;
        this.dim = dim;
    }

    double[] pool(Bags bags, int sample) {
        double[] sum = new double[dim];
        for (int k = bags.start(sample); k < bags.start(sample + 1); k++) {
            addTo(sum, weights[bags.ids().get(k)]);
        }
        return sum;
    }

    void update(Bags bags, double[][] gradients, double rate) {
        Map<Integer, double[]> sums = new TreeMap<>();
        for (int sample = 0; sample < bags.count(); sample++) {
            for (int k = bags.start(sample); k < bags.start(sample + 1); k++) {
                addTo(sums.computeIfAbsent(bags.ids().get(k), _ -> new double[dim]), gradients[sample]);
            }
        }
        sums.forEach((row, gradient) -> move(row, gradient, rate));
    }

    private void move(int row, double[] g, double rate) {
        double meanSquare = 0;
        for (double x : g) {
            meanSquare += x * x / dim;
        }
        if (kind == OptimizerKind.ROW_WISE_ADAGRAD) {
            state[row][0] += meanSquare;
        }
        for (int c = 0; c < dim; c++) {
            weights[row][c] -= switch (kind) {
                case SGD -> rate * g[c];
                case ROW_WISE_ADAGRAD -> rate * g[c] / (Math.sqrt(state[row][0]) + EPS);
                case ADAGRAD -> rate * g[c] / (Math.sqrt(state[row][c] += g[c] * g[c]) + EPS);
            };
        }
    }

    private static void addTo(double[] sum, double[] more) {
        for (int c = 0; c < sum.length; c++) {
            sum[c] += more[c];
        }
    }
}
