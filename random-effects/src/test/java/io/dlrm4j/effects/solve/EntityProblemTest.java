package io.dlrm4j.effects.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EntityProblemTest {
    private final EntityProblem problem = new EntityProblem();

    @ParameterizedTest
    @EnumSource(Loss.class)
    void gradientIsThatOfFiniteDifferences(Loss loss) {
        for (double density : new double[] {1, 0.1}) { // columns written out, and sparse rows
            bind(loss, density);
            int d = problem.dimension();
            double[] x = new Random(5).doubles(d, -0.5, 0.5).toArray();
            double[] gradient = new double[d];
            double[] unused = new double[d];
            problem.evaluate(x, gradient);
            for (int j = 0; j < d; j++) {
                double[] moved = x.clone();
                moved[j] += 1e-5;
                double above = problem.evaluate(moved, unused);
                moved[j] -= 2e-5;
                double below = problem.evaluate(moved, unused);
                assertThat(gradient[j]).isCloseTo((above - below) / 2e-5, within(1e-5 * (1 + Math.abs(above))));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Loss.class, names = "SMOOTHED_HINGE", mode = EnumSource.Mode.EXCLUDE)
    void hessianIsThatOfFiniteDifferences(Loss loss) {
        for (double density : new double[] {1, 0.1}) {
            bind(loss, density);
            int d = problem.dimension();
            double[] x = new Random(6).doubles(d, -0.5, 0.5).toArray();
            double[] hessian = new double[d * d];
            double[] diagonal = new double[d];
            double[] times = new double[d];
            double[] at = new double[d];
            double[] above = new double[d];
            double[] below = new double[d];
            problem.evaluate(x, at);
            problem.hessian(hessian);
            problem.hessianDiagonal(diagonal);
            for (int j = 0; j < d; j++) {
                double[] unit = new double[d];
                unit[j] = 1;
                problem.evaluate(x, at);
                problem.hessianTimes(unit, times);
                x[j] += 1e-5;
                problem.evaluate(x, above);
                x[j] -= 2e-5;
                problem.evaluate(x, below);
                x[j] += 1e-5;
                assertThat(diagonal[j]).isCloseTo(hessian[j * d + j], within(1e-9));
                for (int i = 0; i < d; i++) {
                    double entry = hessian[Math.max(i, j) * d + Math.min(i, j)];
                    assertThat(entry).isCloseTo((above[i] - below[i]) / 2e-5, within(2e-5));
                    assertThat(times[i]).isCloseTo(entry, within(1e-9));
                }
            }
        }
    }

    @Test
    void featuresAreNumberedInOrderWhateverTheOrderOfTheirEntries() {
        EntityData data = new EntityData();
        data.begin("e");
        data.addRow(0, 1, 1, 0);
        data.addFeature(90, 1);
        data.addFeature(5, 2);
        data.addRow(1, 0, 1, 0);
        data.addFeature(44, 3);
        data.addFeature(5, 4);
        problem.bind(data, Loss.LOGISTIC, true, null);
        assertThat(Arrays.copyOf(problem.features(), problem.dimension())).containsExactly(-1, 5, 44, 90);
        double[] gradient = new double[4];
        problem.evaluate(new double[4], gradient);
        assertThat(gradient).containsExactly(0, -0.5 * 2 + 0.5 * 4, 0.5 * 3, -0.5 * 1);
    }

    @Test
    void aFeatureTwiceInARowCountsAsTheSum() {
        for (int others : new int[] {0, 40}) { // 40 others make it sparse
            EntityData twice = new EntityData();
            EntityData once = new EntityData();
            twice.begin("e");
            once.begin("e");
            twice.addRow(0, 1, 1, 0);
            twice.addFeature(1, 2);
            twice.addFeature(1, 3);
            once.addRow(0, 1, 1, 0);
            once.addFeature(1, 5);
            for (int j = 0; j < others; j++) {
                for (EntityData data : new EntityData[] {twice, once}) {
                    data.addRow(1 + j, 0, 1, 0);
                    data.addFeature(2 + j, 1);
                }
            }
            int d = 2 + others;
            double[] expected = new double[d * d];
            double[] actual = new double[d * d];
            double[] x = new Random(1).doubles(d).toArray();
            problem.bind(once, Loss.LOGISTIC, true, null);
            problem.evaluate(x, new double[d]);
            problem.hessian(expected);
            problem.bind(twice, Loss.LOGISTIC, true, null);
            problem.evaluate(x, new double[d]);
            problem.hessian(actual);
            assertThat(actual).containsExactly(expected, within(1e-12));
        }
    }

    @Test
    void aLabelThatTheLossIsNotMadeForIsNamed() {
        EntityData data = new EntityData();
        data.begin("user 3");
        data.addRow(77, -1, 1, 0);
        assertThatThrownBy(() -> problem.bind(data, Loss.LOGISTIC, true, null))
                .hasMessage("entity user 3, uid 77: label=-1.0, want 0 to 1 for the loss LOGISTIC");
    }

    /// With precisions and a full prior matrix.
    private void bind(Loss loss, double density) {
        problem.bind(Fixtures.clicks(3, 60, 12, density), loss, true, null);
        int d = problem.dimension();
        double[] matrix = new double[d * d];
        for (int i = 0; i < d; i++) {
            problem.setPrior(i, 0.1 * i, 0.2);
            for (int j = 0; j < d; j++) {
                matrix[i * d + j] = i == j ? 1 : 0.05;
            }
        }
        problem.setPriorMatrix(matrix, new Random(9).doubles(d).toArray());
    }
}
