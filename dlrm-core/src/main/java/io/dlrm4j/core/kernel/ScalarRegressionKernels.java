package io.dlrm4j.core.kernel;

import java.util.Arrays;

/// The regression kernels as plain loops.
public final class ScalarRegressionKernels implements RegressionKernels {
    @Override
    public void margins(double[] columns, int n, int d, double[] x, double[] offsets, double[] z) {
        System.arraycopy(offsets, 0, z, 0, n);
        for (int j = 0; j < d; j++) {
            int column = j * n;
            for (int i = 0; i < n; i++) {
                z[i] += x[j] * columns[column + i];
            }
        }
    }

    @Override
    public void transposedTimes(double[] rows, int n, int d, double[] s, double[] g) {
        Arrays.fill(g, 0, d, 0);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < d; j++) {
                g[j] += s[i] * rows[i * d + j];
            }
        }
    }

    @Override
    public void gram(double[] rows, int n, int d, double[] c, double[] h) {
        Arrays.fill(h, 0, d * d, 0);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < d; j++) {
                double scale = c[i] * rows[i * d + j];
                for (int k = 0; k <= j; k++) {
                    h[j * d + k] += scale * rows[i * d + k];
                }
            }
        }
    }

    @Override
    public boolean cholesky(double[] a, int d, double[] room) {
        for (int j = 0; j < d; j++) {
            double pivot = a[j * d + j];
            if (!(pivot > 0) || pivot == Double.POSITIVE_INFINITY) {
                return false;
            }
            double root = Math.sqrt(pivot);
            double scale = 1 / root;
            a[j * d + j] = root;
            for (int i = j + 1; i < d; i++) {
                a[i * d + j] *= scale;
                for (int k = j + 1; k <= i; k++) {
                    a[i * d + k] -= a[i * d + j] * a[k * d + j];
                }
            }
        }
        return true;
    }

    @Override
    public void logistic(
            double[] z, double[] y, double[] w, int n, double[] losses, double[] slopes, double[] curvatures) {
        for (int i = 0; i < n; i++) {
            double small = Math.exp(-Math.abs(z[i])); // at most 1, so nothing overflows
            double other = small / (1 + small); // probability of the less likely answer, exact near 0
            losses[i] = w[i] * (Math.max(z[i], 0) - z[i] * y[i] + Math.log1p(small));
            slopes[i] = w[i] * (z[i] >= 0 ? 1 - y[i] - other : other - y[i]);
            curvatures[i] = w[i] * (other / (1 + small));
        }
    }
}
