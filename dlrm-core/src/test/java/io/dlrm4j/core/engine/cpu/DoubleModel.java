package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;

/// The model written down once more, as plainly as possible. Table `t` of sample `s` lies at
/// `(s * tables + t) * d`.
final class DoubleModel {
    private final DlrmShape shape;
    private final double[] dense;
    private final double[] labels;
    private final int n;

    DoubleModel(DlrmShape shape, double[] dense, double[] labels, int n) {
        this.shape = shape;
        this.dense = dense;
        this.labels = labels;
        this.n = n;
    }

    double loss(double[] weights, double[] pooled) {
        double sum = 0;
        for (int s = 0; s < n; s++) {
            double z = logit(weights, pooled, s);
            double p = 1 / (1 + Math.exp(-z));
            double y = labels[s];
            sum += switch (shape.loss()) {
                case BCE -> -(y * Math.log(p) + (1 - y) * Math.log(1 - p));
                case MSE -> (p - y) * (p - y);
            };
        }
        return sum / n;
    }

    private double logit(double[] weights, double[] pooled, int s) {
        int dim = shape.embeddingDim();
        int tables = shape.tables().size();
        int features = shape.bottom().getFirst();
        double[] x = new double[features];
        System.arraycopy(dense, s * features, x, 0, features);
        int[] offset = {0};
        double[][] v = new double[tables + 1][dim];
        v[0] = mlp(weights, offset, shape.bottom(), x, true);
        for (int t = 0; t < tables; t++) {
            System.arraycopy(pooled, (s * tables + t) * dim, v[t + 1], 0, dim);
        }
        return mlp(weights, offset, shape.top(), interact(v), false)[0];
    }

    private double[] interact(double[][] v) {
        double[] out = new double[shape.interactionWidth()];
        int at = 0;
        for (int i = 0; i < v.length; i++) {
            if (i == 0 || shape.interaction() == InteractionKind.CAT) {
                for (double value : v[i]) {
                    out[at++] = value;
                }
            }
        }
        for (int i = 0; at < out.length; i++) {
            for (int j = 0; j < (shape.interactionItself() ? i + 1 : i); j++) {
                for (int c = 0; c < v[i].length; c++) {
                    out[at] += v[i][c] * v[j][c];
                }
                at++;
            }
        }
        return out;
    }

    private static double[] mlp(
            double[] weights, int[] offset, List<Integer> widths, double[] input, boolean reluAtEnd) {
        double[] x = input;
        for (int k = 0; k + 1 < widths.size(); k++) {
            int in = widths.get(k);
            int out = widths.get(k + 1);
            double[] y = new double[out];
            for (int o = 0; o < out; o++) {
                y[o] = weights[offset[0] + in * out + o];
                for (int i = 0; i < in; i++) {
                    y[o] += weights[offset[0] + o * in + i] * x[i];
                }
                if (reluAtEnd || k + 2 < widths.size()) {
                    y[o] = Math.max(y[o], 0);
                }
            }
            offset[0] += in * out + out;
            x = y;
        }
        return x;
    }
}
