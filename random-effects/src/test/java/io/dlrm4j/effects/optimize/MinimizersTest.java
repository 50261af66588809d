package io.dlrm4j.effects.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MinimizersTest {
    private static final Stopping TIGHT = new Stopping(5000, 1e-12, 1e-12, 0);

    /// Convex, badly scaled, with higher derivatives: `Σ cosh(s_j (x_j - j/10))`.
    private static final class Valley implements SmoothFunction {
        private final int d;
        private final double[] at;

        Valley(int d) {
            this.d = d;
            this.at = new double[d];
        }

        @Override
        public int dimension() {
            return d;
        }

        @Override
        public double evaluate(double[] x, double[] gradient) {
            double sum = 0;
            for (int j = 0; j < d; j++) {
                at[j] = x[j];
                sum += Math.cosh(scale(j) * (x[j] - 0.1 * j));
                gradient[j] = scale(j) * Math.sinh(scale(j) * (x[j] - 0.1 * j));
            }
            return sum;
        }

        @Override
        public void hessian(double[] h) {
            for (int j = 0; j < d; j++) {
                for (int i = 0; i < j; i++) {
                    h[j * d + i] = 0;
                }
                h[j * d + j] = scale(j) * scale(j) * Math.cosh(scale(j) * (at[j] - 0.1 * j));
            }
        }

        @Override
        public void hessianTimes(double[] v, double[] product) {
            for (int j = 0; j < d; j++) {
                product[j] = v[j] * scale(j) * scale(j) * Math.cosh(scale(j) * (at[j] - 0.1 * j));
            }
        }

        private static double scale(int j) {
            return 1 + 3.0 * (j % 4);
        }
    }

    @Test
    void allFindTheMinimumOfABadlyScaledValley() {
        Newton newton = new Newton();
        Lbfgs lbfgs = new Lbfgs(10);
        TrustRegion region = new TrustRegion(20);
        for (int d : new int[] {12, 3, 8}) { // buffers are reused for other sizes
            double[] x = new double[d];
            newton.minimize(new Valley(d), x, TIGHT);
            requireMinimum(x);
            x = new double[d];
            lbfgs.minimize(new Valley(d), x, TIGHT);
            requireMinimum(x);
            x = new double[d];
            region.minimize(new Valley(d), x, TIGHT);
            requireMinimum(x);
        }
    }

    @Test
    void orthantWiseWithoutPenaltyIsLbfgs() {
        double[] x = new double[6];
        new OrthantWise().minimize(new Valley(6), x, new double[6], TIGHT);
        requireMinimum(x);
    }

    @Test
    void newtonStepsAreFew() {
        Newton newton = new Newton();
        double[] x = {0.5, 1.5, -1.5, 0.5};
        assertThat(newton.minimize(new Valley(4), x, Stopping.DEFAULT)).isEqualTo(Ending.GRADIENT);
        assertThat(newton.iterations()).isLessThan(20);
    }

    @Test
    void stepsAreBounded() {
        double[] x = new double[9];
        Stopping two = TIGHT.withIterations(2);
        assertThat(new Newton().minimize(new Valley(9), x, two)).isEqualTo(Ending.ITERATIONS);
        assertThat(new Lbfgs(5).minimize(new Valley(9), new double[9], two)).isEqualTo(Ending.ITERATIONS);
        assertThat(new TrustRegion(5).minimize(new Valley(9), new double[9], two))
                .isEqualTo(Ending.ITERATIONS);
    }

    @Test
    void aStartWhereTheFunctionOverflowsIsRefused() {
        double[] x = {1e6};
        assertThatThrownBy(() -> new Newton().minimize(new Valley(1), x, TIGHT))
                .hasMessageContaining("the objective is Infinity where it starts");
    }

    @Test
    void choleskySolvesAndInverts() {
        int d = 17;
        Random random = new Random(3);
        double[] b = random.doubles((long) d * d, -1, 1).toArray();
        double[] a = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                double sum = i == j ? 0.5 : 0;
                for (int k = 0; k < d; k++) {
                    sum += b[i * d + k] * b[j * d + k];
                }
                a[i * d + j] = sum;
            }
        }
        double[] l = a.clone();
        assertThat(Cholesky.factor(l, d, new double[d])).isTrue();
        double[] diagonal = new double[d];
        Cholesky.inverseDiagonal(l.clone(), d, diagonal);
        for (int column = 0; column < d; column++) {
            double[] x = new double[d];
            x[column] = 1;
            Cholesky.solve(l, d, x);
            assertThat(x[column]).isCloseTo(diagonal[column], within(1e-10));
            for (int i = 0; i < d; i++) {
                double sum = 0;
                for (int j = 0; j < d; j++) {
                    sum += a[i * d + j] * x[j];
                }
                assertThat(sum).isCloseTo(i == column ? 1 : 0, within(1e-10));
            }
        }
        assertThat(Cholesky.factor(new double[] {1, 0, 1, 1}, 2, new double[2])).isFalse();
        assertThat(Cholesky.factor(new double[] {Double.NaN}, 1, new double[1])).isFalse();
    }

    private static void requireMinimum(double[] x) {
        for (int j = 0; j < x.length; j++) {
            assertThat(x[j]).isCloseTo(0.1 * j, within(1e-7));
        }
    }
}
