package io.dlrm4j.criteo.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZipfIdsTest {
    private static final int DRAWS = 1_000_000;

    /// Six standard deviations of a count: chance 2e-9 for each id.
    private static final double SPREADS = 6;

    @ParameterizedTest
    @CsvSource({"1, 1.05", "2, 1.05", "3, 0", "20, 1.05", "100, 1", "300, 2.5"})
    void idsComeAsOftenAsTheLawSays(int rows, double exponent) {
        ZipfIds ids = new ZipfIds(rows, exponent);
        int[] counts = new int[rows];
        for (int i = 0; i < DRAWS; i++) {
            counts[ids.draw(CounterHash.of(7, i))]++;
        }
        double norm = 0;
        for (int k = 1; k <= rows; k++) {
            norm += Math.pow((double) k, -exponent);
        }
        for (int id = 0; id < rows; id++) {
            double p = Math.pow(id + 1.0, -exponent) / norm;
            assertThat((double) counts[id])
                    .as("count of id %d", id)
                    .isCloseTo(DRAWS * p, within(1 + SPREADS * Math.sqrt(DRAWS * p * (1 - p))));
        }
    }

    @ParameterizedTest
    @CsvSource({"2049, 1.05", "10000, 1.05", "10000, 1", "10000, 0", "10131227, 1.05", "2147483647, 1.05"})
    void theTailHasTheWeightTheLawSays(int rows, double exponent) {
        ZipfIds ids = new ZipfIds(rows, exponent);
        int border = Math.min(rows - 1, 4_000);
        long above = 0;
        int smallest = 0;
        int largest = 0;
        for (int i = 0; i < DRAWS; i++) {
            int id = ids.draw(CounterHash.of(11, i));
            smallest = Math.min(smallest, id);
            largest = Math.max(largest, id);
            above += id >= border ? 1 : 0;
        }
        assertThat(smallest).isZero();
        assertThat(largest).isBetween(border, rows - 1);
        double p = sum(border + 1L, rows, exponent) / sum(1, rows, exponent);
        assertThat((double) above).isCloseTo(DRAWS * p, within(1 + SPREADS * Math.sqrt(DRAWS * p * (1 - p))));
    }

    /// Adds the first terms and takes the integral, by the midpoint rule, for the others.
    private static double sum(long from, long to, double exponent) {
        long summedTo = Math.min(to, Math.max(from, 100_000));
        double sum = 0;
        for (long k = from; k <= summedTo; k++) {
            sum += Math.pow((double) k, -exponent);
        }
        double power = 1 - exponent;
        double low = summedTo + 0.5;
        double high = to + 0.5;
        return sum + (power == 0 ? Math.log(high / low) : (Math.pow(high, power) - Math.pow(low, power)) / power);
    }

    @Test
    void theLastIdOfATailCanBeDrawn() {
        ZipfIds ids = new ZipfIds(2_050, 0);
        boolean first = false;
        boolean last = false;
        for (int i = 0; i < 100_000; i++) {
            int id = ids.draw(CounterHash.of(3, i));
            first |= id == 2_048;
            last |= id == 2_049;
        }
        assertThat(first && last).isTrue();
    }

    @Test
    void probabilitiesAddUpToOne() {
        ZipfIds ids = new ZipfIds(5_000, 1.05);
        double sum = 0;
        for (int id = 0; id < 5_000; id++) {
            sum += ids.probability(id);
        }
        assertThat(sum).isCloseTo(1, within(1e-7));
    }
}
