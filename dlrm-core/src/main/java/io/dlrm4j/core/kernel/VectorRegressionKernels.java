package io.dlrm4j.core.kernel;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.GE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The regression kernels with the Vector API, for vectors of any width. Lanes are samples or coefficients, never parts
/// of one sum, so nothing is added across lanes and the bits do not depend on the width.
public final class VectorRegressionKernels implements RegressionKernels {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int EIGHT = 8; // rows of a gram at a time

    @Override
    public void margins(double[] columns, int n, int d, double[] x, double[] offsets, double[] z) {
        int i = 0;
        for (; i + 4 * LANES <= n; i += 4 * LANES) {
            DoubleVector a = DoubleVector.fromArray(SPECIES, offsets, i);
            DoubleVector b = DoubleVector.fromArray(SPECIES, offsets, i + LANES);
            DoubleVector c = DoubleVector.fromArray(SPECIES, offsets, i + 2 * LANES);
            DoubleVector e = DoubleVector.fromArray(SPECIES, offsets, i + 3 * LANES);
            for (int j = 0; j < d; j++) {
                DoubleVector scale = DoubleVector.broadcast(SPECIES, x[j]);
                int at = j * n + i;
                a = DoubleVector.fromArray(SPECIES, columns, at).fma(scale, a);
                b = DoubleVector.fromArray(SPECIES, columns, at + LANES).fma(scale, b);
                c = DoubleVector.fromArray(SPECIES, columns, at + 2 * LANES).fma(scale, c);
                e = DoubleVector.fromArray(SPECIES, columns, at + 3 * LANES).fma(scale, e);
            }
            a.intoArray(z, i);
            b.intoArray(z, i + LANES);
            c.intoArray(z, i + 2 * LANES);
            e.intoArray(z, i + 3 * LANES);
        }
        for (; i < n; i += LANES) {
            VectorMask<Double> rest = SPECIES.indexInRange(i, n);
            DoubleVector a = DoubleVector.fromArray(SPECIES, offsets, i, rest);
            for (int j = 0; j < d; j++) {
                a = DoubleVector.fromArray(SPECIES, columns, j * n + i, rest)
                        .fma(DoubleVector.broadcast(SPECIES, x[j]), a);
            }
            a.intoArray(z, i, rest);
        }
    }

    /// Four running sums of every fourth sample, so that they do not wait for each other.
    @Override
    public void transposedTimes(double[] rows, int n, int d, double[] s, double[] g) {
        for (int k = 0; k < d; k += LANES) {
            VectorMask<Double> rest = SPECIES.indexInRange(k, d);
            DoubleVector a = DoubleVector.zero(SPECIES);
            DoubleVector b = a;
            DoubleVector c = a;
            DoubleVector e = a;
            int i = 0;
            for (; i + 4 <= n; i += 4) {
                int at = i * d + k;
                a = DoubleVector.fromArray(SPECIES, rows, at, rest).fma(DoubleVector.broadcast(SPECIES, s[i]), a);
                b = DoubleVector.fromArray(SPECIES, rows, at + d, rest)
                        .fma(DoubleVector.broadcast(SPECIES, s[i + 1]), b);
                c = DoubleVector.fromArray(SPECIES, rows, at + 2 * d, rest)
                        .fma(DoubleVector.broadcast(SPECIES, s[i + 2]), c);
                e = DoubleVector.fromArray(SPECIES, rows, at + 3 * d, rest)
                        .fma(DoubleVector.broadcast(SPECIES, s[i + 3]), e);
            }
            for (; i < n; i++) {
                a = DoubleVector.fromArray(SPECIES, rows, i * d + k, rest)
                        .fma(DoubleVector.broadcast(SPECIES, s[i]), a);
            }
            a.add(b).add(c.add(e)).intoArray(g, k, rest);
        }
    }

    @Override
    public void gram(double[] rows, int n, int d, double[] c, double[] h) {
        if (d < EIGHT) {
            for (int j = 0; j < d; j++) {
                gramOfOne(rows, n, d, c, h, j);
            }
            return;
        }
        for (int next = 0; next < d; next += EIGHT) {
            int j = Math.min(
                    next, d - EIGHT); // the last eight overlap those before, which is less work than five alone
            for (int k = 0; k < j + EIGHT; k += LANES) {
                gramOfEight(rows, n, d, c, h, j, k);
            }
        }
    }

    /// The rows j to j + 7 of h, columns k to k + LANES - 1.
    private static void gramOfEight(double[] rows, int n, int d, double[] c, double[] h, int j, int k) {
        VectorMask<Double> rest = SPECIES.indexInRange(k, d);
        DoubleVector h0 = DoubleVector.zero(SPECIES);
        DoubleVector h1 = h0;
        DoubleVector h2 = h0;
        DoubleVector h3 = h0;
        DoubleVector h4 = h0;
        DoubleVector h5 = h0;
        DoubleVector h6 = h0;
        DoubleVector h7 = h0;
        for (int i = 0; i < n; i++) {
            DoubleVector x =
                    DoubleVector.fromArray(SPECIES, rows, i * d + k, rest).mul(c[i]);
            int at = i * d + j;
            h0 = x.fma(DoubleVector.broadcast(SPECIES, rows[at]), h0);
            h1 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 1]), h1);
            h2 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 2]), h2);
            h3 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 3]), h3);
            h4 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 4]), h4);
            h5 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 5]), h5);
            h6 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 6]), h6);
            h7 = x.fma(DoubleVector.broadcast(SPECIES, rows[at + 7]), h7);
        }
        int at = j * d + k;
        h0.intoArray(h, at, rest);
        h1.intoArray(h, at + d, rest);
        h2.intoArray(h, at + 2 * d, rest);
        h3.intoArray(h, at + 3 * d, rest);
        h4.intoArray(h, at + 4 * d, rest);
        h5.intoArray(h, at + 5 * d, rest);
        h6.intoArray(h, at + 6 * d, rest);
        h7.intoArray(h, at + 7 * d, rest);
    }

    /// The row j of h when there are few.
    private static void gramOfOne(double[] rows, int n, int d, double[] c, double[] h, int j) {
        for (int k = 0; k <= j; k++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += c[i] * rows[i * d + j] * rows[i * d + k];
            }
            h[j * d + k] = sum;
        }
    }

    /// Column after column is taken out of all rows below (right-looking). Whole vectors are changed: to the left of
    /// the column the multiplier is 0, and what is above the diagonal does not matter.
    @Override
    public boolean cholesky(double[] a, int d, double[] room) {
        int last = (d - 1) / LANES * LANES;
        VectorMask<Double> rest = SPECIES.indexInRange(last, d);
        for (int j = 0; j < d; j++) {
            double pivot = a[j * d + j];
            if (!(pivot > 0) || pivot == Double.POSITIVE_INFINITY) {
                return false;
            }
            double root = Math.sqrt(pivot);
            double scale = 1 / root;
            a[j * d + j] = root;
            room[j] = 0;
            for (int i = j + 1; i < d; i++) {
                double l = a[i * d + j] * scale;
                a[i * d + j] = l;
                room[i] = l;
            }
            int first = (j + 1) / LANES * LANES;
            for (int i = j + 1; i < d; i++) {
                double l = -room[i];
                for (int k = first; k <= i && k < last; k += LANES) {
                    DoubleVector.fromArray(SPECIES, room, k)
                            .fma(DoubleVector.broadcast(SPECIES, l), DoubleVector.fromArray(SPECIES, a, i * d + k))
                            .intoArray(a, i * d + k);
                }
                if (i >= last) {
                    DoubleVector.fromArray(SPECIES, room, last, rest)
                            .fma(
                                    DoubleVector.broadcast(SPECIES, l),
                                    DoubleVector.fromArray(SPECIES, a, i * d + last, rest))
                            .intoArray(a, i * d + last, rest);
                }
            }
        }
        return true;
    }

    @Override
    public void logistic(
            double[] z, double[] y, double[] w, int n, double[] losses, double[] slopes, double[] curvatures) {
        for (int i = 0; i < n; i += LANES) {
            VectorMask<Double> rest = SPECIES.indexInRange(i, n);
            DoubleVector margin = DoubleVector.fromArray(SPECIES, z, i, rest);
            DoubleVector label = DoubleVector.fromArray(SPECIES, y, i, rest);
            DoubleVector weight = DoubleVector.fromArray(SPECIES, w, i, rest);
            DoubleVector small = VectorFunctions.exp(margin.lanewise(ABS).neg().max(VectorFunctions.LEAST));
            DoubleVector inverse = DoubleVector.broadcast(SPECIES, 1).div(small.add(1));
            DoubleVector other = small.mul(inverse); // probability of the less likely answer, exact near 0
            margin.max(0)
                    .sub(margin.mul(label))
                    .add(VectorFunctions.log1p(small))
                    .mul(weight)
                    .intoArray(losses, i, rest);
            DoubleVector likely = label.neg().add(1).sub(other);
            other.sub(label).blend(likely, margin.compare(GE, 0)).mul(weight).intoArray(slopes, i, rest);
            other.mul(inverse).mul(weight).intoArray(curvatures, i, rest);
        }
    }
}
