package io.dlrm4j.effects.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossTest {
    private static final double[] MARGINS = {-30, -3.2, -0.7, -1e-3, 0.2, 0.9, 1.7, 4.4, 12};

    @ParameterizedTest
    @EnumSource(Loss.class)
    void slopesAndCurvaturesAreThoseOfFiniteDifferences(Loss loss) {
        for (double label : new double[] {0, 1}) {
            for (double z : MARGINS) {
                double h = 1e-5 * Math.max(1, Math.abs(z));
                double[] here = at(loss, z, label);
                double[] above = at(loss, z + h, label);
                double[] below = at(loss, z - h, label);
                double scale = Math.max(1, Math.abs(here[0]));
                assertThat(here[1])
                        .as("slope at %s", z)
                        .isCloseTo((above[0] - below[0]) / (2 * h), within(1e-6 * scale));
                assertThat(here[2])
                        .as("curvature at %s", z)
                        .isCloseTo((above[1] - below[1]) / (2 * h), within(1e-6 * scale));
            }
        }
    }

    @Test
    void logisticLossIsExactAtAnyMargin() {
        assertThat(at(Loss.LOGISTIC, 1e4, 0)).containsExactly(new double[] {1e4, 1, 0}, within(1e-300));
        assertThat(at(Loss.LOGISTIC, -1e4, 1)).containsExactly(new double[] {1e4, -1, 0}, within(1e-300));
        assertThat(at(Loss.LOGISTIC, 1e200, 1)).containsExactly(new double[] {0, 0, 0}, within(1e-300));
        double[] certain = at(Loss.LOGISTIC, 50, 1); // 1 - sigmoid(50) is lost in doubles, the slope must not be
        assertThat(certain[0]).isCloseTo(Math.exp(-50), within(1e-34));
        assertThat(certain[1]).isCloseTo(-Math.exp(-50), within(1e-34));
        assertThat(certain[2]).isCloseTo(Math.exp(-50), within(1e-34));
    }

    @Test
    void aWeightCountsAsSoManySamples() {
        for (Loss loss : Loss.values()) {
            double[] one = at(loss, 0.4, 1);
            assertThat(at(loss, 0.4, 1, 3))
                    .containsExactly(new double[] {3 * one[0], 3 * one[1], 3 * one[2]}, within(1e-14));
        }
    }

    private static double[] at(Loss loss, double z, double label) {
        return at(loss, z, label, 1);
    }

    private static double[] at(Loss loss, double z, double label, double weight) {
        Samples one = new Samples();
        one.room(1);
        one.labels = new double[] {label};
        one.weights = new double[] {weight};
        one.margins[0] = z;
        double value = loss.evaluate(one);
        assertThat(weight * loss.of(z, label)).isCloseTo(value, within(1e-14 * (1 + value)));
        return new double[] {value, one.slopes[0], one.curvatures[0]};
    }
}
