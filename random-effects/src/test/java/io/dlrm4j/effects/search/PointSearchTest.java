package io.dlrm4j.effects.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PointSearchTest {
    @Test
    void sobolPointsFillEveryPairOfDimensionsEvenly() {
        SobolSearch search = new SobolSearch(SobolSearch.DIMENSIONS, 0);
        double[][] points = new double[256][];
        for (int i = 0; i < 256; i++) {
            points[i] = search.next();
        }
        for (int a = 0; a < SobolSearch.DIMENSIONS; a++) {
            int[] halves = new int[256];
            for (double[] point : points) {
                halves[(int) (256 * point[a])]++;
            }
            for (int count : halves) {
                assertThat(count).as("dimension %d", a).isBetween(0, 2); // a shift splits each of 256 parts in two
            }
        }
        double mean = 0;
        for (double[] point : points) {
            double product = 1;
            for (double x : point) {
                product *= 2 * x;
            }
            mean += product / 256;
        }
        assertThat(mean).isCloseTo(1, within(0.1)); // 256 random points are off by 0.13 on average
    }

    @Test
    void aSeedMovesAllPointsAndTheSameSeedRepeatsThem() {
        assertThat(new SobolSearch(3, 5).next()).isEqualTo(new SobolSearch(3, 5).next());
        assertThat(new SobolSearch(3, 5).next()).isNotEqualTo(new SobolSearch(3, 6).next());
        assertThatThrownBy(() -> new SobolSearch(9, 1)).hasMessage("9 dimensions, want 1 to 8");
    }

    @Test
    void theProcessGoesThroughItsPointsAndIsUnsureBetweenThem() {
        double[][] points = {{0.1}, {0.4}, {0.9}};
        GaussianProcess process = new GaussianProcess(points, new double[] {3, -1, 2});
        assertThat(process.mean(new double[] {0.4})).isCloseTo(-1, within(0.5));
        assertThat(process.deviation(new double[] {0.4})).isLessThan(process.deviation(new double[] {0.65}));
        assertThat(GaussianProcess.matern(0)).isEqualTo(1);
        assertThat(GaussianProcess.matern(1)).isCloseTo(0.52399, within(1e-5));
    }

    @Test
    void bayesianSearchComesNearerToAMinimumThanEvenPoints() {
        int better = 0;
        Random random = new Random(2);
        for (int run = 0; run < 10; run++) {
            double[] at = {random.nextDouble(), random.nextDouble()};
            double even = smallest(new SobolSearch(2, run), at);
            double bayesian = smallest(new BayesianSearch(2, run), at);
            better += bayesian < even ? 1 : 0;
        }
        assertThat(better).isGreaterThanOrEqualTo(8);
    }

    private static double smallest(PointSearch search, double[] at) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < 25; i++) {
            double[] point = search.next();
            double value = Math.hypot(point[0] - at[0], point[1] - at[1]);
            search.observe(point, value);
            smallest = Math.min(smallest, value);
        }
        return smallest;
    }
}
