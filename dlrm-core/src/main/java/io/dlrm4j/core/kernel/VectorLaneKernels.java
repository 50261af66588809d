package io.dlrm4j.core.kernel;

import static io.dlrm4j.core.kernel.LaneKernels.triangle;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The lane kernels with the Vector API: as many regressions side by side as a vector has doubles. Steps between the
/// elements that a loop reads are constants, so that the compiler checks bounds once a loop.
public final class VectorLaneKernels implements LaneKernels {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int CHUNK = LaneSamples.CHUNK;
    private static final int COLUMN = CHUNK * LANES; // of sixteen rows
    private static final int HALF = COLUMN / 2;
    private static final int CURVATURES = LaneSamples.COLUMNS * LANES; // where their sum is

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void put(LaneSamples samples, int lane, int row, int rows, double[] values, int from, int count) {
        double[] x = samples.features();
        double[] staged = samples.staged(rows * count);
        System.arraycopy(values, from, staged, 0, rows * count);
        int at = samples.cell(row, 0) + lane;
        for (int i = 0; i < rows; i++, at += LANES) {
            for (int k = 0; k < count; k++) {
                x[at + k * COLUMN] = staged[i * count + k];
            }
        }
    }

    @Override
    public void add(
            LaneSamples samples, int lane, int row, int[] columns, int shift, double[] values, int from, int to) {
        double[] x = samples.features();
        int at = samples.cell(row, 0) + lane - shift * COLUMN;
        for (int k = from; k < to; k++) {
            x[at + columns[k] * COLUMN] += values[k];
        }
    }

    @Override
    public void evaluate(LaneSamples samples, double[] theta, double[] gradient) {
        Arrays.fill(gradient, 0, samples.coefficients() * LANES, 0);
        Arrays.fill(samples.sums(), CURVATURES, CURVATURES + LANES, 0);
        for (int row = 0; row < samples.rows(); row += CHUNK) {
            margins(samples, row, theta);
            if (samples.intercept()) {
                logistic(samples, row, gradient, samples.width() * LANES);
            } else {
                logistic(samples, row, samples.sums(), 0); // which nobody reads
            }
            gradient(samples, row, gradient);
        }
    }

    /// Margins of sixteen rows, into the slopes.
    private static void margins(LaneSamples samples, int row, double[] theta) {
        double[] x = samples.features();
        double[] offsets = samples.offsets();
        double[] z = samples.slopes();
        int width = samples.width();
        DoubleVector first = samples.intercept()
                ? DoubleVector.fromArray(SPECIES, theta, width * LANES)
                : DoubleVector.zero(SPECIES);
        for (int half = 0; half < samples.rowsFrom(row) * LANES; half += HALF) {
            int at = samples.cell(row, 0) + half;
            int i = row * LANES + half;
            DoubleVector z0 = DoubleVector.fromArray(SPECIES, offsets, i).add(first);
            DoubleVector z1 =
                    DoubleVector.fromArray(SPECIES, offsets, i + LANES).add(first);
            DoubleVector z2 =
                    DoubleVector.fromArray(SPECIES, offsets, i + 2 * LANES).add(first);
            DoubleVector z3 =
                    DoubleVector.fromArray(SPECIES, offsets, i + 3 * LANES).add(first);
            DoubleVector z4 =
                    DoubleVector.fromArray(SPECIES, offsets, i + 4 * LANES).add(first);
            DoubleVector z5 =
                    DoubleVector.fromArray(SPECIES, offsets, i + 5 * LANES).add(first);
            DoubleVector z6 =
                    DoubleVector.fromArray(SPECIES, offsets, i + 6 * LANES).add(first);
            DoubleVector z7 =
                    DoubleVector.fromArray(SPECIES, offsets, i + 7 * LANES).add(first);
            for (int j = 0; j < width; j++) {
                DoubleVector t = DoubleVector.fromArray(SPECIES, theta, j * LANES);
                int a = at + j * COLUMN;
                z0 = DoubleVector.fromArray(SPECIES, x, a).fma(t, z0);
                z1 = DoubleVector.fromArray(SPECIES, x, a + LANES).fma(t, z1);
                z2 = DoubleVector.fromArray(SPECIES, x, a + 2 * LANES).fma(t, z2);
                z3 = DoubleVector.fromArray(SPECIES, x, a + 3 * LANES).fma(t, z3);
                z4 = DoubleVector.fromArray(SPECIES, x, a + 4 * LANES).fma(t, z4);
                z5 = DoubleVector.fromArray(SPECIES, x, a + 5 * LANES).fma(t, z5);
                z6 = DoubleVector.fromArray(SPECIES, x, a + 6 * LANES).fma(t, z6);
                z7 = DoubleVector.fromArray(SPECIES, x, a + 7 * LANES).fma(t, z7);
            }
            z0.intoArray(z, i);
            z1.intoArray(z, i + LANES);
            z2.intoArray(z, i + 2 * LANES);
            z3.intoArray(z, i + 3 * LANES);
            z4.intoArray(z, i + 4 * LANES);
            z5.intoArray(z, i + 5 * LANES);
            z6.intoArray(z, i + 6 * LANES);
            z7.intoArray(z, i + 7 * LANES);
        }
    }

    /// Replaces the margins of sixteen rows by slopes and curvatures.
    ///
    /// @param slopeSums where the slopes are added, at `sum`; the curvatures are added to the samples' sums
    private static void logistic(LaneSamples samples, int row, double[] slopeSums, int sum) {
        int first = row * LANES;
        int end = first + samples.rowsFrom(row) * LANES;
        DoubleVector allSlopes = DoubleVector.fromArray(SPECIES, slopeSums, sum);
        DoubleVector allCurvatures = DoubleVector.fromArray(SPECIES, samples.sums(), CURVATURES);
        double[] slopes = samples.slopes();
        double[] curvatures = samples.curvatures();
        double[] labels = samples.labels();
        double[] weights = samples.weights();
        for (int i = first; i < end; i += LANES) {
            DoubleVector margin = DoubleVector.fromArray(SPECIES, slopes, i);
            DoubleVector label = DoubleVector.fromArray(SPECIES, labels, i);
            DoubleVector weight = DoubleVector.fromArray(SPECIES, weights, i);
            DoubleVector small = VectorFunctions.exp(margin.lanewise(ABS).neg().max(VectorFunctions.LEAST));
            DoubleVector inverse = DoubleVector.broadcast(SPECIES, 1).div(small.add(1));
            DoubleVector other = small.mul(inverse); // probability of the less likely answer, exact near 0
            DoubleVector likely = label.neg().add(1).sub(other);
            DoubleVector slope =
                    other.sub(label).blend(likely, margin.compare(GE, 0)).mul(weight);
            DoubleVector curvature = other.mul(inverse).mul(weight);
            slope.intoArray(slopes, i);
            curvature.intoArray(curvatures, i);
            allSlopes = allSlopes.add(slope);
            allCurvatures = allCurvatures.add(curvature);
        }
        allSlopes.intoArray(slopeSums, sum);
        allCurvatures.intoArray(samples.sums(), CURVATURES);
    }

    /// Adds sixteen rows to the gradient, every second apart so that fewer sums wait.
    private static void gradient(LaneSamples samples, int row, double[] gradient) {
        double[] x = samples.features();
        double[] slopes = samples.slopes();
        int width = samples.width();
        int first = row * LANES;
        int end = samples.rowsFrom(row) * LANES;
        for (int j = 0; j < width; j += LaneSamples.COLUMNS) {
            int at = samples.cell(row, j);
            int g = j * LANES;
            DoubleVector a0 = DoubleVector.fromArray(SPECIES, gradient, g);
            DoubleVector a1 = DoubleVector.fromArray(SPECIES, gradient, g + LANES);
            DoubleVector a2 = DoubleVector.fromArray(SPECIES, gradient, g + 2 * LANES);
            DoubleVector a3 = DoubleVector.fromArray(SPECIES, gradient, g + 3 * LANES);
            DoubleVector b0 = DoubleVector.zero(SPECIES);
            DoubleVector b1 = b0;
            DoubleVector b2 = b0;
            DoubleVector b3 = b0;
            for (int r = 0; r < end; r += 2 * LANES) {
                DoubleVector s = DoubleVector.fromArray(SPECIES, slopes, first + r);
                DoubleVector t = DoubleVector.fromArray(SPECIES, slopes, first + r + LANES);
                int a = at + r;
                a0 = DoubleVector.fromArray(SPECIES, x, a).fma(s, a0);
                a1 = DoubleVector.fromArray(SPECIES, x, a + COLUMN).fma(s, a1);
                a2 = DoubleVector.fromArray(SPECIES, x, a + 2 * COLUMN).fma(s, a2);
                a3 = DoubleVector.fromArray(SPECIES, x, a + 3 * COLUMN).fma(s, a3);
                b0 = DoubleVector.fromArray(SPECIES, x, a + LANES).fma(t, b0);
                b1 = DoubleVector.fromArray(SPECIES, x, a + LANES + COLUMN).fma(t, b1);
                b2 = DoubleVector.fromArray(SPECIES, x, a + LANES + 2 * COLUMN).fma(t, b2);
                b3 = DoubleVector.fromArray(SPECIES, x, a + LANES + 3 * COLUMN).fma(t, b3);
            }
            a0.add(b0).intoArray(gradient, g);
            a1.add(b1).intoArray(gradient, g + LANES);
            a2.add(b2).intoArray(gradient, g + 2 * LANES);
            a3.add(b3).intoArray(gradient, g + 3 * LANES);
        }
    }

    @Override
    public void hessian(LaneSamples samples, double[] h) {
        VectorLaneGram.hessian(samples, h);
    }

    /// Column after column (left-looking), four rows at a time.
    @Override
    public long cholesky(double[] a, int d, double[] inverse) {
        VectorMask<Double> good = SPECIES.maskAll(true);
        for (int j = 0; j < d; j++) {
            int diagonal = triangle(j) * LANES;
            int end = j * LANES;
            DoubleVector pivot = DoubleVector.fromArray(SPECIES, a, diagonal + end);
            for (int k = 0; k < end; k += LANES) {
                DoubleVector l = DoubleVector.fromArray(SPECIES, a, diagonal + k);
                pivot = l.neg().fma(l, pivot);
            }
            good = good.and(pivot.compare(GT, 0)).and(pivot.compare(LT, Double.POSITIVE_INFINITY));
            DoubleVector root = pivot.sqrt();
            DoubleVector scale = DoubleVector.broadcast(SPECIES, 1).div(root);
            root.intoArray(a, diagonal + end);
            scale.intoArray(inverse, end);
            int i = j + 1;
            for (; i + 4 <= d; i += 4) {
                fourRows(a, diagonal, end, i, inverse);
            }
            for (; i < d; i++) {
                int row = triangle(i) * LANES;
                DoubleVector sum = DoubleVector.fromArray(SPECIES, a, row + end);
                for (int k = 0; k < end; k += LANES) {
                    DoubleVector l =
                            DoubleVector.fromArray(SPECIES, a, diagonal + k).neg();
                    sum = DoubleVector.fromArray(SPECIES, a, row + k).fma(l, sum);
                }
                sum.mul(scale).intoArray(a, row + end);
            }
        }
        return good.toLong();
    }

    private static void fourRows(double[] a, int diagonal, int end, int i, double[] inverse) {
        int r0 = triangle(i) * LANES;
        int r1 = triangle(i + 1) * LANES;
        int r2 = triangle(i + 2) * LANES;
        int r3 = triangle(i + 3) * LANES;
        DoubleVector s0 = DoubleVector.fromArray(SPECIES, a, r0 + end);
        DoubleVector s1 = DoubleVector.fromArray(SPECIES, a, r1 + end);
        DoubleVector s2 = DoubleVector.fromArray(SPECIES, a, r2 + end);
        DoubleVector s3 = DoubleVector.fromArray(SPECIES, a, r3 + end);
        for (int k = 0; k < end; k += LANES) {
            DoubleVector l = DoubleVector.fromArray(SPECIES, a, diagonal + k).neg();
            s0 = DoubleVector.fromArray(SPECIES, a, r0 + k).fma(l, s0);
            s1 = DoubleVector.fromArray(SPECIES, a, r1 + k).fma(l, s1);
            s2 = DoubleVector.fromArray(SPECIES, a, r2 + k).fma(l, s2);
            s3 = DoubleVector.fromArray(SPECIES, a, r3 + k).fma(l, s3);
        }
        DoubleVector scale = DoubleVector.fromArray(SPECIES, inverse, end);
        s0.mul(scale).intoArray(a, r0 + end);
        s1.mul(scale).intoArray(a, r1 + end);
        s2.mul(scale).intoArray(a, r2 + end);
        s3.mul(scale).intoArray(a, r3 + end);
    }

    @Override
    public void solve(double[] l, double[] inverse, int d, double[] b) {
        for (int i = 0; i < d; i++) {
            int row = triangle(i) * LANES;
            int end = i * LANES;
            DoubleVector sum = DoubleVector.fromArray(SPECIES, b, end);
            for (int k = 0; k < end; k += LANES) {
                DoubleVector x = DoubleVector.fromArray(SPECIES, b, k).neg();
                sum = DoubleVector.fromArray(SPECIES, l, row + k).fma(x, sum);
            }
            sum.mul(DoubleVector.fromArray(SPECIES, inverse, end)).intoArray(b, end);
        }
        for (int i = d - 1; i >= 0; i--) {
            int row = triangle(i) * LANES;
            int end = i * LANES;
            DoubleVector x = DoubleVector.fromArray(SPECIES, b, end).mul(DoubleVector.fromArray(SPECIES, inverse, end));
            x.intoArray(b, end);
            DoubleVector less = x.neg();
            for (int k = 0; k < end; k += LANES) {
                DoubleVector.fromArray(SPECIES, l, row + k)
                        .fma(less, DoubleVector.fromArray(SPECIES, b, k))
                        .intoArray(b, k);
            }
        }
    }

    @Override
    public void inverseDiagonal(double[] l, double[] inverse, int d, double[] room, double[] diagonal) {
        for (int j = 0; j < d; j++) {
            int start = j * LANES;
            DoubleVector value = DoubleVector.fromArray(SPECIES, inverse, start);
            value.intoArray(room, start);
            DoubleVector squares = value.mul(value);
            for (int i = j + 1; i < d; i++) {
                int row = triangle(i) * LANES;
                DoubleVector sum = DoubleVector.zero(SPECIES);
                for (int k = start; k < i * LANES; k += LANES) {
                    sum = DoubleVector.fromArray(SPECIES, l, row + k)
                            .fma(DoubleVector.fromArray(SPECIES, room, k), sum);
                }
                value = sum.neg().mul(DoubleVector.fromArray(SPECIES, inverse, i * LANES));
                value.intoArray(room, i * LANES);
                squares = value.fma(value, squares);
            }
            squares.intoArray(diagonal, start);
        }
    }
}
