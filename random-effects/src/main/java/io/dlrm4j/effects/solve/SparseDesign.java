package io.dlrm4j.effects.solve;

import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;

/// X by rows, entries that are not there are 0. The arrays are those of the data and of [LocalFeatures].
final class SparseDesign implements Design {
    private int n;
    private int d;
    private boolean intercept;
    private int[] starts = {};
    private int[] columns = {};
    private double[] values = {};

    void bind(EntityData data, LocalFeatures local, boolean withIntercept) {
        n = data.rows();
        d = local.size();
        intercept = withIntercept;
        starts = data.rowStarts();
        columns = local.columns();
        values = data.values();
    }

    @Override
    public void margins(double[] x, double[] offsets, double[] z) {
        double first = intercept ? x[0] : 0;
        for (int row = 0; row < n; row++) {
            double sum = offsets[row] + first;
            for (int k = starts[row]; k < starts[row + 1]; k++) {
                sum += values[k] * x[columns[k]];
            }
            z[row] = sum;
        }
    }

    @Override
    public void transposedTimes(double[] s, double[] g) {
        Arrays.fill(g, 0, d, 0);
        for (int row = 0; row < n; row++) {
            double scale = s[row];
            if (intercept) {
                g[0] += scale;
            }
            for (int k = starts[row]; k < starts[row + 1]; k++) {
                g[columns[k]] += scale * values[k];
            }
        }
    }

    @Override
    public void gram(double[] c, double[] h) {
        Arrays.fill(h, 0, d * d, 0);
        for (int row = 0; row < n; row++) {
            int start = starts[row];
            for (int k = start; k < starts[row + 1]; k++) {
                double scaled = c[row] * values[k];
                int column = columns[k];
                if (intercept) {
                    h[column * d] += scaled;
                }
                h[column * d + column] += scaled * values[k];
                for (int l = start; l < k; l++) {
                    int other = columns[l];
                    // a feature that a sample has twice counts as the sum: (a + b)² has 2ab
                    double product = column == other ? 2 * scaled * values[l] : scaled * values[l];
                    h[column > other ? column * d + other : other * d + column] += product;
                }
            }
            if (intercept) {
                h[0] += c[row];
            }
        }
    }

    @Override
    public void gramDiagonal(double[] c, double[] diagonal) {
        Arrays.fill(diagonal, 0, d, 0);
        for (int row = 0; row < n; row++) {
            int start = starts[row];
            for (int k = start; k < starts[row + 1]; k++) {
                double twice = 0; // other entries of the same feature
                for (int l = start; l < k; l++) {
                    twice += columns[l] == columns[k] ? 2 * values[l] : 0;
                }
                diagonal[columns[k]] += c[row] * values[k] * (values[k] + twice);
            }
            if (intercept) {
                diagonal[0] += c[row];
            }
        }
    }
}
