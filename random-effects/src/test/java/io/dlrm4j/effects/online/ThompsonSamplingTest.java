package io.dlrm4j.effects.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import org.junit.jupiter.api.Test;

class ThompsonSamplingTest {
    private static final int DRAWS = 40_000;

    @Test
    void spreadIsTheInverseOfThePrecisionAndLambdasIsNot() {
        Posterior belief =
                new Posterior(new int[] {0, 1}, new double[] {2, -1}, Precision.DIAGONAL, new double[] {100, 1});
        assertThat(deviations(belief, Compat.NONE)).containsExactly(new double[] {0.1, 1}, within(0.01));
        assertThat(deviations(belief, Compat.LAMBDA)).containsExactly(new double[] {10, 1}, within(0.1));
    }

    @Test
    void drawsAreCorrelatedAsTheFullPrecisionSays() {
        // precision [[2, 1], [1, 2]]: covariance [[2, -1], [-1, 2]] / 3
        Posterior belief = new Posterior(new int[] {0, 1}, new double[] {0, 0}, Precision.FULL, new double[] {2, 1, 2});
        ThompsonSampling sampling = new ThompsonSampling(1, Compat.NONE);
        double product = 0;
        double square = 0;
        for (int i = 0; i < DRAWS; i++) {
            double[] drawn = sampling.draw(belief);
            product += drawn[0] * drawn[1] / DRAWS;
            square += drawn[0] * drawn[0] / DRAWS;
        }
        assertThat(product).isCloseTo(-1 / 3.0, within(0.02));
        assertThat(square).isCloseTo(2 / 3.0, within(0.02));
    }

    @Test
    void whatIsNotKnownIsNotExplored() {
        Posterior belief = new Posterior(new int[] {3}, new double[] {7}, Precision.NONE, new double[0]);
        assertThat(new ThompsonSampling(1, Compat.NONE).draw(belief)).containsExactly(7);
        Posterior broken = new Posterior(new int[] {0, 1}, new double[2], Precision.FULL, new double[] {1, 2, 1});
        assertThatThrownBy(() -> new ThompsonSampling(1, Compat.NONE).draw(broken))
                .hasMessageContaining("not positive definite");
    }

    @Test
    void aSeedRepeatsChoicesAndPropensitiesAreTheirFrequencies() {
        Posterior belief =
                new Posterior(new int[] {0, 1}, new double[] {0.5, 0}, Precision.DIAGONAL, new double[] {1, 1});
        EntityData candidates = new EntityData();
        candidates.begin("user");
        candidates.addRow(0, 0, 1, 0);
        candidates.addFeature(0, 1);
        candidates.addRow(1, 0, 1, 0);
        candidates.addFeature(1, 1);
        ThompsonSampling one = new ThompsonSampling(9, Compat.NONE);
        ThompsonSampling same = new ThompsonSampling(9, Compat.NONE);
        double first = 0;
        double propensities = 0;
        for (int i = 0; i < 2000; i++) {
            ThompsonSampling.Choice choice = one.choose(belief, candidates, 50);
            assertThat(same.choose(belief, candidates, 50))
                    .usingRecursiveComparison()
                    .isEqualTo(choice);
            first += choice.row() == 0 ? 1 / 2000.0 : 0;
            propensities += (choice.row() == 0 ? choice.propensity() : 1 - choice.propensity()) / 2000.0;
        }
        double truth = 0.6382; // normal distribution function at 0.5 / sqrt(2)
        assertThat(first).isCloseTo(truth, within(0.04));
        assertThat(propensities).isCloseTo(truth, within(0.01));
    }

    private static double[] deviations(Posterior belief, Compat compat) {
        ThompsonSampling sampling = new ThompsonSampling(5, compat);
        double[] squares = new double[2];
        for (int i = 0; i < DRAWS; i++) {
            double[] drawn = sampling.draw(belief);
            for (int j = 0; j < 2; j++) {
                double away = drawn[j] - belief.means()[j];
                squares[j] += away * away / DRAWS;
            }
        }
        return new double[] {Math.sqrt(squares[0]), Math.sqrt(squares[1])};
    }
}
