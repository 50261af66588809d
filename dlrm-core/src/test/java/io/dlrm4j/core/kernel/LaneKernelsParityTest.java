package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Both kernels are asked for the same regressions, lane by lane: they may have different numbers of lanes.
class LaneKernelsParityTest {
    private static final double ANOTHER_ORDER = 1e-11; // sums of at most 130 products of normal numbers

    private final LaneKernels scalar = new ScalarLaneKernels();
    private final LaneKernels vector = new VectorLaneKernels();
    private final int common = Math.min(scalar.lanes(), vector.lanes());

    /// What the kernels make of one draw of samples.
    private static final class Outcome {
        final double[] gradient;
        final double[] hessian;
        final double[] factor;
        final double[] step;
        final double[] diagonal;
        long good;

        Outcome(LaneKernels kernels, int rows, int columns, boolean intercept, int mates) {
            int lanes = kernels.lanes();
            LaneSamples samples = new LaneSamples(lanes);
            samples.begin(rows + mates, columns + mates, intercept);
            int d = samples.coefficients();
            double[] theta = new double[d * lanes];
            for (int lane = 0; lane < lanes; lane++) {
                fill(
                        kernels,
                        samples,
                        theta,
                        lane,
                        lane == 0 ? rows : rows + mates,
                        lane == 0 ? columns : columns + mates);
            }
            gradient = new double[d * lanes];
            kernels.evaluate(samples, theta, gradient);
            hessian = new double[LaneKernels.triangle(d) * lanes];
            kernels.hessian(samples, hessian);
            factor = hessian.clone();
            for (int j = 0; j < d; j++) {
                for (int lane = 0; lane < lanes; lane++) {
                    factor[(LaneKernels.triangle(j) + j) * lanes + lane] += 1;
                }
            }
            double[] inverse = new double[d * lanes];
            good = kernels.cholesky(factor, d, inverse);
            step = gradient.clone();
            kernels.solve(factor, inverse, d, step);
            diagonal = new double[d * lanes];
            kernels.inverseDiagonal(factor, inverse, d, new double[d * lanes], diagonal);
        }

        private static void fill(
                LaneKernels kernels, LaneSamples samples, double[] theta, int lane, int rows, int columns) {
            int lanes = kernels.lanes();
            int[] scattered = new int[columns];
            Arrays.setAll(scattered, column -> columns - column + 4); // from behind, 5 too large
            Random random = new Random(lane);
            for (int row = 0; row < rows; row++) {
                double[] values = random.doubles(columns, -2, 2).toArray();
                if (lane % 2 == 0) {
                    kernels.put(samples, lane, row, 1, values, 0, columns);
                } else {
                    kernels.add(samples, lane, row, scattered, 5, values, 0, columns);
                }
                samples.labels()[row * lanes + lane] = row % 3 == 0 ? random.nextDouble() : row % 2;
                samples.weights()[row * lanes + lane] = 0.5 + random.nextDouble();
                samples.offsets()[row * lanes + lane] = 3 * random.nextGaussian();
            }
            for (int column = 0; column < columns; column++) {
                theta[column * lanes + lane] = random.nextGaussian();
            }
            if (samples.intercept()) {
                theta[samples.width() * lanes + lane] = random.nextGaussian();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 3", "16, 4", "17, 5", "33, 8", "100, 20", "130, 21"})
    void allResultsAreTheSame(int rows, int columns) {
        for (boolean intercept : new boolean[] {false, true}) {
            Outcome expected = new Outcome(scalar, rows, columns, intercept, 0);
            Outcome actual = new Outcome(vector, rows, columns, intercept, 0);
            same(expected.gradient, actual.gradient);
            same(expected.hessian, actual.hessian);
            same(expected.factor, actual.factor);
            same(expected.step, actual.step);
            same(expected.diagonal, actual.diagonal);
            assertThat(actual.good & ((1L << common) - 1)).isEqualTo((1L << common) - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatOtherLanesHoldChangesNoBit(boolean scalars) {
        LaneKernels kernels = scalars ? scalar : vector;
        Outcome expected = new Outcome(kernels, 21, 6, false, 0);
        Outcome actual = new Outcome(kernels, 21, 6, false, 30);
        int lanes = kernels.lanes();
        for (int j = 0; j < 6; j++) {
            assertThat(actual.gradient[j * lanes]).isEqualTo(expected.gradient[j * lanes]);
            assertThat(actual.step[j * lanes]).isEqualTo(expected.step[j * lanes]);
            assertThat(actual.diagonal[j * lanes]).isEqualTo(expected.diagonal[j * lanes]);
        }
        for (int element = 0; element < LaneKernels.triangle(6); element++) {
            assertThat(actual.factor[element * lanes]).isEqualTo(expected.factor[element * lanes]);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMatrixThatIsNotPositiveDefiniteIsToldForItsLaneAlone(boolean scalars) {
        LaneKernels kernels = scalars ? scalar : vector;
        int lanes = kernels.lanes();
        double[] a = new double[3 * lanes];
        Arrays.fill(a, 0, lanes, 1);
        Arrays.fill(a, 2 * lanes, 3 * lanes, 1);
        a[1] = -1;
        a[2] = Double.POSITIVE_INFINITY;
        a[2 * lanes + 3] = Double.NaN;
        long all = (1L << lanes) - 1;
        assertThat(kernels.cholesky(a, 2, new double[2 * lanes])).isEqualTo(all & ~0b1110);
    }

    private void same(double[] expected, double[] actual) {
        for (int element = 0; element < expected.length / scalar.lanes(); element++) {
            for (int lane = 0; lane < common; lane++) {
                double right = expected[element * scalar.lanes() + lane];
                assertThat(actual[element * vector.lanes() + lane])
                        .isCloseTo(right, within(ANOTHER_ORDER * (1 + Math.abs(right))));
            }
        }
    }
}
