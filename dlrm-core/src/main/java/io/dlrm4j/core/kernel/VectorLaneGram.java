package io.dlrm4j.core.kernel;

import static io.dlrm4j.core.kernel.LaneKernels.triangle;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// The Hessian of the lane kernels, sixteen rows after sixteen and four times four elements at a time: eight vectors
/// are read for sixteen products.
final class VectorLaneGram {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int CHUNK = LaneSamples.CHUNK;
    private static final int COLUMN = CHUNK * LANES; // of sixteen rows

    private VectorLaneGram() {}

    static void hessian(LaneSamples samples, double[] h) {
        int width = samples.width();
        int d = samples.coefficients();
        Arrays.fill(h, 0, triangle(d) * LANES, 0);
        double[] scaled = samples.scaled();
        for (int row = 0; row < samples.rows(); row += CHUNK) {
            int end = samples.rowsFrom(row) * LANES;
            for (int j = 0; j < width; j += LaneSamples.COLUMNS) {
                int at = samples.cell(row, j);
                if (samples.intercept()) {
                    scale(samples, at, row * LANES, end, h, (triangle(width) + j) * LANES);
                } else {
                    scale(samples, at, row * LANES, end, samples.sums(), 0); // which nobody reads
                }
                for (int k = 0; k < j; k += LaneSamples.COLUMNS) {
                    square(scaled, samples.features(), samples.cell(row, k), end, h, j, k);
                }
                corner(scaled, samples.features(), at, end, h, j);
            }
        }
        if (samples.intercept()) {
            int sum = LaneSamples.COLUMNS * LANES;
            System.arraycopy(samples.sums(), sum, h, (triangle(width) + width) * LANES, LANES);
        }
    }

    /// Four columns times the curvatures, and their sums.
    private static void scale(LaneSamples samples, int at, int first, int end, double[] sums, int sum) {
        double[] x = samples.features();
        double[] curvatures = samples.curvatures();
        double[] scaled = samples.scaled();
        DoubleVector s0 = DoubleVector.fromArray(SPECIES, sums, sum);
        DoubleVector s1 = DoubleVector.fromArray(SPECIES, sums, sum + LANES);
        DoubleVector s2 = DoubleVector.fromArray(SPECIES, sums, sum + 2 * LANES);
        DoubleVector s3 = DoubleVector.fromArray(SPECIES, sums, sum + 3 * LANES);
        for (int r = 0; r < end; r += LANES) {
            DoubleVector c = DoubleVector.fromArray(SPECIES, curvatures, first + r);
            int a = at + r;
            DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, a).mul(c);
            DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, a + COLUMN).mul(c);
            DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, a + 2 * COLUMN).mul(c);
            DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, a + 3 * COLUMN).mul(c);
            x0.intoArray(scaled, r);
            x1.intoArray(scaled, r + COLUMN);
            x2.intoArray(scaled, r + 2 * COLUMN);
            x3.intoArray(scaled, r + 3 * COLUMN);
            s0 = s0.add(x0);
            s1 = s1.add(x1);
            s2 = s2.add(x2);
            s3 = s3.add(x3);
        }
        s0.intoArray(sums, sum);
        s1.intoArray(sums, sum + LANES);
        s2.intoArray(sums, sum + 2 * LANES);
        s3.intoArray(sums, sum + 3 * LANES);
    }

    /// Adds to the rows j to j + 3, columns k to k + 3.
    private static void square(double[] scaled, double[] x, int at, int end, double[] h, int j, int k) {
        int r0 = (triangle(j) + k) * LANES;
        int r1 = (triangle(j + 1) + k) * LANES;
        int r2 = (triangle(j + 2) + k) * LANES;
        int r3 = (triangle(j + 3) + k) * LANES;
        DoubleVector h00 = DoubleVector.fromArray(SPECIES, h, r0);
        DoubleVector h01 = DoubleVector.fromArray(SPECIES, h, r0 + LANES);
        DoubleVector h02 = DoubleVector.fromArray(SPECIES, h, r0 + 2 * LANES);
        DoubleVector h03 = DoubleVector.fromArray(SPECIES, h, r0 + 3 * LANES);
        DoubleVector h10 = DoubleVector.fromArray(SPECIES, h, r1);
        DoubleVector h11 = DoubleVector.fromArray(SPECIES, h, r1 + LANES);
        DoubleVector h12 = DoubleVector.fromArray(SPECIES, h, r1 + 2 * LANES);
        DoubleVector h13 = DoubleVector.fromArray(SPECIES, h, r1 + 3 * LANES);
        DoubleVector h20 = DoubleVector.fromArray(SPECIES, h, r2);
        DoubleVector h21 = DoubleVector.fromArray(SPECIES, h, r2 + LANES);
        DoubleVector h22 = DoubleVector.fromArray(SPECIES, h, r2 + 2 * LANES);
        DoubleVector h23 = DoubleVector.fromArray(SPECIES, h, r2 + 3 * LANES);
        DoubleVector h30 = DoubleVector.fromArray(SPECIES, h, r3);
        DoubleVector h31 = DoubleVector.fromArray(SPECIES, h, r3 + LANES);
        DoubleVector h32 = DoubleVector.fromArray(SPECIES, h, r3 + 2 * LANES);
        DoubleVector h33 = DoubleVector.fromArray(SPECIES, h, r3 + 3 * LANES);
        for (int r = 0; r < end; r += LANES) {
            int b = at + r;
            DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, b);
            DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, b + COLUMN);
            DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, b + 2 * COLUMN);
            DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, b + 3 * COLUMN);
            DoubleVector s = DoubleVector.fromArray(SPECIES, scaled, r);
            h00 = s.fma(x0, h00);
            h01 = s.fma(x1, h01);
            h02 = s.fma(x2, h02);
            h03 = s.fma(x3, h03);
            s = DoubleVector.fromArray(SPECIES, scaled, r + COLUMN);
            h10 = s.fma(x0, h10);
            h11 = s.fma(x1, h11);
            h12 = s.fma(x2, h12);
            h13 = s.fma(x3, h13);
            s = DoubleVector.fromArray(SPECIES, scaled, r + 2 * COLUMN);
            h20 = s.fma(x0, h20);
            h21 = s.fma(x1, h21);
            h22 = s.fma(x2, h22);
            h23 = s.fma(x3, h23);
            s = DoubleVector.fromArray(SPECIES, scaled, r + 3 * COLUMN);
            h30 = s.fma(x0, h30);
            h31 = s.fma(x1, h31);
            h32 = s.fma(x2, h32);
            h33 = s.fma(x3, h33);
        }
        h00.intoArray(h, r0);
        h01.intoArray(h, r0 + LANES);
        h02.intoArray(h, r0 + 2 * LANES);
        h03.intoArray(h, r0 + 3 * LANES);
        h10.intoArray(h, r1);
        h11.intoArray(h, r1 + LANES);
        h12.intoArray(h, r1 + 2 * LANES);
        h13.intoArray(h, r1 + 3 * LANES);
        h20.intoArray(h, r2);
        h21.intoArray(h, r2 + LANES);
        h22.intoArray(h, r2 + 2 * LANES);
        h23.intoArray(h, r2 + 3 * LANES);
        h30.intoArray(h, r3);
        h31.intoArray(h, r3 + LANES);
        h32.intoArray(h, r3 + 2 * LANES);
        h33.intoArray(h, r3 + 3 * LANES);
    }

    /// Adds to the rows j to j + 3, from column j up to the diagonal.
    private static void corner(double[] scaled, double[] x, int at, int end, double[] h, int j) {
        int r0 = (triangle(j) + j) * LANES;
        int r1 = (triangle(j + 1) + j) * LANES;
        int r2 = (triangle(j + 2) + j) * LANES;
        int r3 = (triangle(j + 3) + j) * LANES;
        DoubleVector h00 = DoubleVector.fromArray(SPECIES, h, r0);
        DoubleVector h10 = DoubleVector.fromArray(SPECIES, h, r1);
        DoubleVector h11 = DoubleVector.fromArray(SPECIES, h, r1 + LANES);
        DoubleVector h20 = DoubleVector.fromArray(SPECIES, h, r2);
        DoubleVector h21 = DoubleVector.fromArray(SPECIES, h, r2 + LANES);
        DoubleVector h22 = DoubleVector.fromArray(SPECIES, h, r2 + 2 * LANES);
        DoubleVector h30 = DoubleVector.fromArray(SPECIES, h, r3);
        DoubleVector h31 = DoubleVector.fromArray(SPECIES, h, r3 + LANES);
        DoubleVector h32 = DoubleVector.fromArray(SPECIES, h, r3 + 2 * LANES);
        DoubleVector h33 = DoubleVector.fromArray(SPECIES, h, r3 + 3 * LANES);
        for (int r = 0; r < end; r += LANES) {
            int b = at + r;
            DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, b);
            DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, b + COLUMN);
            DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, b + 2 * COLUMN);
            DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, b + 3 * COLUMN);
            h00 = DoubleVector.fromArray(SPECIES, scaled, r).fma(x0, h00);
            DoubleVector s = DoubleVector.fromArray(SPECIES, scaled, r + COLUMN);
            h10 = s.fma(x0, h10);
            h11 = s.fma(x1, h11);
            s = DoubleVector.fromArray(SPECIES, scaled, r + 2 * COLUMN);
            h20 = s.fma(x0, h20);
            h21 = s.fma(x1, h21);
            h22 = s.fma(x2, h22);
            s = DoubleVector.fromArray(SPECIES, scaled, r + 3 * COLUMN);
            h30 = s.fma(x0, h30);
            h31 = s.fma(x1, h31);
            h32 = s.fma(x2, h32);
            h33 = s.fma(x3, h33);
        }
        h00.intoArray(h, r0);
        h10.intoArray(h, r1);
        h11.intoArray(h, r1 + LANES);
        h20.intoArray(h, r2);
        h21.intoArray(h, r2 + LANES);
        h22.intoArray(h, r2 + 2 * LANES);
        h30.intoArray(h, r3);
        h31.intoArray(h, r3 + LANES);
        h32.intoArray(h, r3 + 2 * LANES);
        h33.intoArray(h, r3 + 3 * LANES);
    }
}
