package io.dlrm4j.effects.solve;

import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;

/// X by columns, `[d, n]`, zeros and the intercept's ones written out: for entities whose samples have most of their
/// features. Several columns are taken at once so that their sums do not wait for each other.
final class DenseDesign implements Design {
    private int n;
    private int d;
    private double[] x = {};
    private double[] scaled = {};

    void bind(EntityData data, LocalFeatures local, boolean withIntercept) {
        n = data.rows();
        d = local.size();
        if (x.length < n * d) {
            x = new double[Math.max(n * d, x.length + (x.length >> 1))];
        }
        if (scaled.length < n) {
            scaled = new double[Math.max(n, scaled.length + (scaled.length >> 1))];
        }
        Arrays.fill(x, 0, withIntercept ? n : 0, 1);
        Arrays.fill(x, withIntercept ? n : 0, n * d, 0);
        int[] starts = data.rowStarts();
        int[] columns = local.columns();
        double[] values = data.values();
        for (int row = 0; row < n; row++) {
            for (int k = starts[row]; k < starts[row + 1]; k++) {
                x[columns[k] * n + row] += values[k];
            }
        }
    }

    @Override
    public void times(double[] coefficients, double[] z) {
        Arrays.fill(z, 0, n, 0);
        int j = 0;
        for (; j + 4 <= d; j += 4) {
            int a = j * n;
            int b = a + n;
            int c = b + n;
            int e = c + n;
            double ca = coefficients[j];
            double cb = coefficients[j + 1];
            double cc = coefficients[j + 2];
            double ce = coefficients[j + 3];
            for (int i = 0; i < n; i++) {
                z[i] += (ca * x[a + i] + cb * x[b + i]) + (cc * x[c + i] + ce * x[e + i]);
            }
        }
        for (; j < d; j++) {
            int a = j * n;
            double ca = coefficients[j];
            for (int i = 0; i < n; i++) {
                z[i] += ca * x[a + i];
            }
        }
    }

    @Override
    public void transposedTimes(double[] s, double[] g) {
        dots(s, 0, g, 0, 1);
    }

    @Override
    public void gram(double[] c, double[] h) {
        for (int j = 0; j < d; j++) {
            int column = j * n;
            for (int i = 0; i < n; i++) {
                scaled[i] = c[i] * x[column + i];
            }
            dots(scaled, j, h, j * d + j, d);
        }
    }

    /// `into[at + (k - first) * stride] = Σ_i s_i x_ki` for the columns k from `first` on.
    private void dots(double[] s, int first, double[] into, int at, int stride) {
        int k = first;
        int to = at;
        for (; k + 4 <= d; k += 4) {
            int a = k * n;
            int b = a + n;
            int c = b + n;
            int e = c + n;
            double sa = 0;
            double sb = 0;
            double sc = 0;
            double se = 0;
            for (int i = 0; i < n; i++) {
                double scale = s[i];
                sa += scale * x[a + i];
                sb += scale * x[b + i];
                sc += scale * x[c + i];
                se += scale * x[e + i];
            }
            into[to] = sa;
            into[to + stride] = sb;
            into[to + 2 * stride] = sc;
            into[to + 3 * stride] = se;
            to += 4 * stride;
        }
        for (; k < d; k++) {
            int a = k * n;
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += s[i] * x[a + i];
            }
            into[to] = sum;
            to += stride;
        }
    }
}
