package io.dlrm4j.effects.solve;

import io.dlrm4j.core.kernel.RegressionKernels;
import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;

/// X written out with its zeros and the intercept's ones, for entities whose samples have most of their features: by
/// columns, `[d, n]`, for products with coefficients, and by rows, `[n, d]`, for products with samples.
final class DenseDesign implements Design {
    private final RegressionKernels kernels;
    private int n;
    private int d;
    private double[] byColumn = {};
    private double[] byRow = {};

    DenseDesign(RegressionKernels kernels) {
        this.kernels = kernels;
    }

    void bind(EntityData data, LocalFeatures local, boolean withIntercept) {
        n = data.rows();
        d = local.size();
        int cells = n * d;
        if (byRow.length < cells + RegressionKernels.SLACK) {
            int room = Math.max(cells, byRow.length + (byRow.length >> 1)) + RegressionKernels.SLACK;
            byColumn = new double[room];
            byRow = new double[room];
        }
        Arrays.fill(byRow, 0, cells, 0);
        Arrays.fill(byColumn, 0, cells, 0);
        int[] starts = data.rowStarts();
        int[] columns = local.columns();
        double[] values = data.values();
        for (int row = 0; row < n; row++) {
            int at = row * d;
            if (withIntercept) {
                byRow[at] = 1;
                byColumn[row] = 1;
            }
            for (int k = starts[row]; k < starts[row + 1]; k++) {
                byRow[at + columns[k]] += values[k];
                byColumn[columns[k] * n + row] += values[k];
            }
        }
    }

    @Override
    public void margins(double[] x, double[] offsets, double[] z) {
        kernels.margins(byColumn, n, d, x, offsets, z);
    }

    @Override
    public void transposedTimes(double[] s, double[] g) {
        kernels.transposedTimes(byRow, n, d, s, g);
    }

    @Override
    public void gram(double[] c, double[] h) {
        kernels.gram(byRow, n, d, c, h);
    }

    @Override
    public void gramDiagonal(double[] c, double[] diagonal) {
        for (int j = 0; j < d; j++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += c[i] * byColumn[j * n + i] * byColumn[j * n + i];
            }
            diagonal[j] = sum;
        }
    }
}
