package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RegressionKernelsParityTest {
    private static final double ANOTHER_ORDER = 1e-11; // sums of at most 130 products of normal numbers
    private static final int[] SAMPLES = {0, 1, 2, 3, 7, 8, 33, 100, 130};
    private static final int[] COEFFICIENTS = {1, 2, 7, 8, 9, 16, 21, 33};

    private final Random random = new Random(7);
    private final RegressionKernels scalar = new ScalarRegressionKernels();
    private final RegressionKernels vector = new VectorRegressionKernels();

    @Test
    void productsAreTheSame() {
        for (int n : SAMPLES) {
            for (int d : COEFFICIENTS) {
                double[] matrix = normal(n * d);
                double[] ofRows = normal(n);
                double[] ofColumns = normal(d);
                double[] expected = new double[n + 1];
                double[] actual = new double[n + 1];
                scalar.margins(matrix, n, d, ofColumns, ofRows, expected);
                vector.margins(matrix, n, d, ofColumns, ofRows, actual);
                assertThat(actual).containsExactly(expected, within(ANOTHER_ORDER));

                expected = new double[d + 1];
                actual = new double[d + 1];
                scalar.transposedTimes(matrix, n, d, ofRows, expected);
                vector.transposedTimes(matrix, n, d, ofRows, actual);
                assertThat(actual).containsExactly(expected, within(ANOTHER_ORDER));
            }
        }
    }

    @Test
    void gramsAreTheSameBelowTheDiagonal() {
        for (int n : SAMPLES) {
            for (int d : COEFFICIENTS) {
                double[] matrix = normal(n * d);
                double[] c = normal(n);
                double[] expected = new double[d * d];
                double[] actual = new double[d * d];
                scalar.gram(matrix, n, d, c, expected);
                vector.gram(matrix, n, d, c, actual);
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j <= i; j++) {
                        assertThat(actual[i * d + j]).isCloseTo(expected[i * d + j], within(ANOTHER_ORDER));
                    }
                }
            }
        }
    }

    @Test
    void choleskyFactorsAreTheSame() {
        for (int d : COEFFICIENTS) {
            double[] matrix = normal(2 * d * d);
            double[] expected = new double[d * d];
            double[] ones = random.doubles(2L * d, 1, 2).toArray();
            scalar.gram(matrix, 2 * d, d, ones, expected);
            double[] actual = expected.clone();
            assertThat(scalar.cholesky(expected, d, new double[d])).isTrue();
            assertThat(vector.cholesky(actual, d, new double[d])).isTrue();
            for (int i = 0; i < d; i++) {
                for (int j = 0; j <= i; j++) {
                    assertThat(actual[i * d + j]).isCloseTo(expected[i * d + j], within(ANOTHER_ORDER));
                }
            }
            actual[d * d - 1] = -1;
            assertThat(vector.cholesky(actual, d, new double[d])).isFalse();
        }
    }

    @Test
    void logisticLossAndDerivativesAreTheSameAtAnyMargin() {
        int n = 4001;
        double[] z = new double[n];
        double[] y = new double[n];
        double[] w = new double[n];
        for (int i = 0; i < n; i++) {
            z[i] = Math.scalb(random.nextDouble() - 0.5, i % 22 - 8);
            y[i] = i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : random.nextDouble();
            w[i] = random.nextDouble();
        }
        double[][] expected = new double[3][n];
        double[][] actual = new double[3][n];
        scalar.logistic(z, y, w, n, expected[0], expected[1], expected[2]);
        vector.logistic(z, y, w, n, actual[0], actual[1], actual[2]);
        for (int of = 0; of < 3; of++) {
            for (int i = 0; i < n; i++) {
                double bound = 4e-15 * Math.abs(expected[of][i]) + 1e-300;
                if (of == 0 || (of == 1 && y[i] > 0 && y[i] < 1)) {
                    bound += 1e-15 * (1 + Math.abs(z[i])); // a difference: as exact as its parts
                }
                assertThat(actual[of][i]).as("output %d at %s", of, z[i]).isCloseTo(expected[of][i], within(bound));
            }
        }
    }

    private double[] normal(int size) {
        return random.doubles(size, -2, 2).toArray();
    }
}
