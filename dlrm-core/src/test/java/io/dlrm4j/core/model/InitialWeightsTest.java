package io.dlrm4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InitialWeightsTest {
    private static final int ROWS = 40_000;
    private static final int DIM = 16;
    /// Sample moments of 640,000 values, in units of their standard error: a false alarm once in about 10^5 seeds.
    private static final double STANDARD_ERRORS = 4.5;

    private final OffHeap memory = OffHeap.unlimited("test");

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void tablesAreUniformWithinTheRootOfOneOverTheirRows() {
        float[] values = rows(new InitialWeights(123), 3, 0, ROWS);
        double bound = Math.sqrt(1.0 / ROWS);
        float max = 0;
        int[] tenths = new int[10];
        for (float value : values) {
            max = Math.max(max, Math.abs(value));
            tenths[(int) ((value / bound + 1) * 4.9999)]++;
        }
        assertThat((double) max).isBetween(0.9999 * bound, 1.0000001 * bound);
        double error = Math.sqrt(1.0 / values.length);
        assertThat(mean(values)).isEqualTo(0, within(STANDARD_ERRORS * error * bound / Math.sqrt(3)));
        assertThat(variance(values)).isEqualTo(bound * bound / 3, within(STANDARD_ERRORS * error * bound * bound / 3));
        double share = values.length / 10.0;
        for (int count : tenths) {
            assertThat(count).isCloseTo((int) share, within((int) (STANDARD_ERRORS * Math.sqrt(share))));
        }
    }

    @Test
    void anyShardHoldsTheRowsOfTheWholeTable() {
        InitialWeights weights = new InitialWeights(7);
        float[] whole = rows(weights, 5, 0, ROWS);
        for (int first : new int[] {0, 1, 137, ROWS - 3}) {
            int count = Math.min(1000, ROWS - first);
            assertThat(rows(weights, 5, first, count))
                    .isEqualTo(Arrays.copyOfRange(whole, first * DIM, (first + count) * DIM));
        }
        assertThat(rows(weights, 5, ROWS, 0)).isEmpty();
    }

    @Test
    void largeBlocksContinueWhereTheBlockBeforeEnded() {
        InitialWeights weights = new InitialWeights(7);
        int count = 70_000;
        Floats whole = memory.floats("whole", (long) count * DIM);
        weights.rows(0, 1L << 40, (1L << 40) - count, count, DIM, whole);
        Floats end = memory.floats("end", 10L * DIM);
        weights.rows(0, 1L << 40, (1L << 40) - 10, 10, DIM, end);
        assertThat(end.toArray())
                .isEqualTo(whole.slice((count - 10L) * DIM, 10L * DIM).toArray());
    }

    @Test
    void seedsAndTablesDiffer() {
        float[] one = rows(new InitialWeights(1), 0, 0, ROWS);
        float[] otherTable = rows(new InitialWeights(1), 1, 0, ROWS);
        float[] otherSeed = rows(new InitialWeights(2), 0, 0, ROWS);
        assertThat(correlation(one, otherTable)).isEqualTo(0, within(STANDARD_ERRORS / Math.sqrt(one.length)));
        assertThat(correlation(one, otherSeed)).isEqualTo(0, within(STANDARD_ERRORS / Math.sqrt(one.length)));
        assertThat(correlation(otherSeed, otherTable)).isEqualTo(0, within(STANDARD_ERRORS / Math.sqrt(one.length)));
    }

    @Test
    void neighboursAreNotCorrelated() {
        float[] values = rows(new InitialWeights(123), 0, 0, ROWS);
        for (int distance : new int[] {1, 2, DIM}) {
            float[] head = Arrays.copyOf(values, values.length - distance);
            float[] tail = Arrays.copyOfRange(values, distance, values.length);
            assertThat(correlation(head, tail)).isEqualTo(0, within(STANDARD_ERRORS / Math.sqrt(head.length)));
        }
    }

    @Test
    void weightsAndBiasesAreNormalWithTheReferencesDeviations() {
        DlrmShape shape = shape();
        float[] flat = dense(new InitialWeights(123), shape);
        for (Parameter parameter : shape.denseParameters()) {
            int from = (int) parameter.offset();
            float[] values = Arrays.copyOfRange(flat, from, from + (int) parameter.count());
            if (values.length < 100) {
                continue;
            }
            long out = parameter.shape().getFirst();
            double variance = parameter.shape().size() == 1
                    ? 1.0 / out
                    : 2.0 / (out + parameter.shape().get(1));
            double error = STANDARD_ERRORS / Math.sqrt(values.length);
            assertThat(mean(values)).as(parameter.name()).isEqualTo(0, within(error * Math.sqrt(variance)));
            assertThat(variance(values))
                    .as(parameter.name())
                    .isEqualTo(variance, within(error * Math.sqrt(2) * variance));
            double within1 = share(values, Math.sqrt(variance));
            assertThat(within1).as(parameter.name()).isEqualTo(0.6827, within(error * 0.47));
        }
    }

    @Test
    void everyParameterHasItsOwnNumbers() {
        DlrmShape shape = shape();
        float[] one = dense(new InitialWeights(1), shape);
        float[] again = dense(new InitialWeights(1), shape);
        float[] other = dense(new InitialWeights(2), shape);
        assertThat(again).isEqualTo(one);
        assertThat(correlation(one, other)).isEqualTo(0, within(STANDARD_ERRORS / Math.sqrt(one.length)));
        List<Parameter> parameters = shape.denseParameters();
        float first = one[(int) parameters.get(0).offset()];
        assertThat(first).isNotEqualTo(one[(int) parameters.get(2).offset()]);
    }

    @Test
    void refusesRowsOutsideTheTable() {
        Floats out = memory.floats("out", 64);
        assertThatThrownBy(() -> new InitialWeights(1).rows(4, 10, 8, 3, 16, out))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table 4: rows 8 to 11, want within 0 to 10");
    }

    private float[] rows(InitialWeights weights, int table, int first, int count) {
        Floats out = memory.floats("rows", (long) count * DIM);
        weights.rows(table, ROWS, first, count, DIM, out);
        return out.toArray();
    }

    private float[] dense(InitialWeights weights, DlrmShape shape) {
        Floats flat = memory.floats("dense", shape.denseParameterCount());
        weights.dense(shape, flat);
        return flat.toArray();
    }

    private static DlrmShape shape() {
        return new DlrmShape(
                16,
                List.of(13, 512, 256, 16),
                List.of(16 + 3, 256, 1),
                List.of(5L, 6L),
                InteractionKind.DOT,
                false,
                LossKind.BCE);
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double variance(float[] values) {
        double mean = mean(values);
        double sum = 0;
        for (float value : values) {
            sum += (value - mean) * (value - mean);
        }
        return sum / values.length;
    }

    private static double share(float[] values, double bound) {
        int inside = 0;
        for (float value : values) {
            inside += Math.abs(value) < bound ? 1 : 0;
        }
        return inside / (double) values.length;
    }

    private static double correlation(float[] a, float[] b) {
        double meanA = mean(a);
        double meanB = mean(b);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - meanA) * (b[i] - meanB);
        }
        return sum / a.length / Math.sqrt(variance(a) * variance(b));
    }
}
