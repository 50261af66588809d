package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Vector kernels give the bits of the scalar ones, at widths around every vector length.
class RowKernelsParityTest {
    private static final int ROWS = 7;
    private static final int SAMPLES = 5;
    private static final float RATE = 0.1f;
    private static final float EPS = 1e-10f;

    private final OffHeap memory = OffHeap.unlimited("test");
    private final RowKernels plain = new ScalarRowKernels();
    private final RowKernels vectors = new VectorRowKernels();
    private final Ints ids = Ints.of(memory, "ids", 6, 0, 6, 3, 3, 1, 2);
    private final Ints starts = Ints.of(memory, "starts", 0, 2, 2, 5, 6, 7);

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 4096})
    void poolingAgrees(int d) {
        samePooled(d, null);
        samePooled(d, starts);
    }

    private void samePooled(int d, @Nullable Ints bagStarts) {
        int stride = d + 3;
        Floats table = random(1, ROWS * d);
        Floats expected = random(2, 2 + SAMPLES * stride);
        Floats actual = random(2, 2 + SAMPLES * stride);
        plain.pool(table, d, ids, bagStarts, SAMPLES, expected, 2, stride);
        vectors.pool(table, d, ids, bagStarts, SAMPLES, actual, 2, stride);
        assertThat(actual.toArray()).as("floats between vectors stay").isEqualTo(expected.toArray());
        assertThat(actual.toArray())
                .isNotEqualTo(random(2, 2 + SAMPLES * stride).toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 4096})
    void sgdAgrees(int d) {
        Floats gradients = random(3, 1 + SAMPLES * (d + 1));
        Floats expected = random(1, ROWS * d);
        Floats actual = random(1, ROWS * d);
        for (Ints bagStarts : new @Nullable Ints[] {null, starts}) {
            plain.sgd(expected, d, ids, bagStarts, SAMPLES, gradients, 1, d + 1, RATE);
            vectors.sgd(actual, d, ids, bagStarts, SAMPLES, gradients, 1, d + 1, RATE);
        }
        assertThat(actual.toArray()).isEqualTo(expected.toArray());
        assertThat(actual.toArray()).isNotEqualTo(random(1, ROWS * d).toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 4096})
    void adagradAgrees(int d) {
        Floats gradients = random(3, d + 1);
        Floats expected = random(1, ROWS * d);
        Floats actual = random(1, ROWS * d);
        Floats expectedState = random(4, ROWS * d, 0, 1);
        Floats actualState = random(4, ROWS * d, 0, 1);
        long lastRow = (ROWS - 1L) * d; // reads and writes end with the table
        plain.adagrad(expected, expectedState, lastRow, gradients, 1, d, RATE, EPS);
        vectors.adagrad(actual, actualState, lastRow, gradients, 1, d, RATE, EPS);
        assertThat(actual.toArray()).isEqualTo(expected.toArray());
        assertThat(actualState.toArray()).isEqualTo(expectedState.toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 4096})
    void rowWiseAdagradAgrees(int d) {
        Floats gradients = random(3, d + 1);
        Floats expected = random(1, ROWS * d);
        Floats actual = random(1, ROWS * d);
        Floats expectedState = random(4, ROWS, 0, 1);
        Floats actualState = random(4, ROWS, 0, 1);
        plain.rowWiseAdagrad(expected, expectedState, 6, gradients, 1, d, RATE, EPS);
        vectors.rowWiseAdagrad(actual, actualState, 6, gradients, 1, d, RATE, EPS);
        assertThat(actual.toArray()).isEqualTo(expected.toArray());
        assertThat(actualState.toArray()).isEqualTo(expectedState.toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 4096})
    void addingAgrees(int d) {
        Floats gradients = random(3, 2 * d);
        Floats expected = random(1, 2 * d);
        Floats actual = random(1, 2 * d);
        plain.add(expected, d, expected, d, gradients, d, d);
        vectors.add(actual, d, actual, d, gradients, d, d);
        assertThat(actual.toArray()).isEqualTo(expected.toArray());
        assertThat(actual.get(d)).isEqualTo(random(1, 2 * d).get(d) + gradients.get(d));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 40})
    void theFirstIdOutsideIsFound(int count) {
        Ints some = memory.ints("ids", count + 1L);
        for (RowKernels kernels : new RowKernels[] {plain, vectors}) {
            some.set(count, 99); // beyond the count: not looked at
            assertThat(kernels.firstOutside(some, count, 10)).isEqualTo(-1);
            for (int at = 0; at < count; at++) {
                for (int wrong : new int[] {10, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                    some.set(at, wrong);
                    assertThat(kernels.firstOutside(some, count, 10)).isEqualTo(at);
                }
                some.set(at, 9);
            }
        }
    }

    @Test
    void everyIdOfTheLargestTableIsInside() {
        Ints largest = Ints.of(memory, "largest", Integer.MAX_VALUE - 1, Integer.MAX_VALUE);
        for (RowKernels kernels : new RowKernels[] {plain, vectors}) {
            assertThat(kernels.firstOutside(largest, 2, Integer.MAX_VALUE)).isEqualTo(1);
        }
    }

    private Floats random(long seed, int count) {
        return random(seed, count, -1, 1);
    }

    private Floats random(long seed, int count, double from, double to) {
        SplittableRandom random = new SplittableRandom(seed);
        Floats floats = memory.floats("random " + seed, count);
        for (int i = 0; i < count; i++) {
            floats.set(i, (float) random.nextDouble(from, to));
        }
        return floats;
    }
}
