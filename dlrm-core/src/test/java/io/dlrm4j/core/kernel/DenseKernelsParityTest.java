package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DenseKernelsParityTest {
    /// Sums of at most 64 products of values below 4, taken in another order.
    private static final float ANOTHER_ORDER = 1e-4f;

    private static final float UNTOUCHED = 77f;
    private static final int[] SAMPLES = {0, 1, 5, 129};
    private static final int[] WIDTHS = {1, 3, 4, 8, 15, 16, 17, 64};

    private final OffHeap memory = OffHeap.unlimited("test");
    private final Random random = new Random(20_240_601);
    private final DenseKernels scalar = new ScalarDenseKernels();
    private final DenseKernels vector = new VectorDenseKernels();

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 8, 15, 16, 17, 64})
    void biasAndReluAreTheSameBits(int out) {
        Floats bias = floats(out);
        for (int n : SAMPLES) {
            Floats expected = floats((long) n * out + 1);
            Floats actual = copy(expected);
            scalar.addBiasRelu(expected, bias, n);
            vector.addBiasRelu(actual, bias, n);
            assertThat(actual.toArray()).isEqualTo(expected.toArray());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 8, 15, 16, 17, 64})
    void reluBackwardIsTheSameBits(int out) {
        for (int n : SAMPLES) {
            Floats expected = floats((long) n * out + 1);
            Floats actual = copy(expected);
            Floats output = floats((long) n * out);
            Floats expectedBias = floats(out);
            Floats actualBias = copy(expectedBias);
            scalar.addBiasRelu(output, memory.floats("no bias", out), n);
            scalar.reluBackward(expected, output, expectedBias, n);
            vector.reluBackward(actual, output, actualBias, n);
            assertThat(actual.toArray()).isEqualTo(expected.toArray());
            assertThat(actualBias.toArray()).isEqualTo(expectedBias.toArray());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 8, 15, 16, 17, 64})
    void logitLayerAgrees(int in) {
        Floats weight = floats(in);
        Floats bias = floats(1);
        for (int n : SAMPLES) {
            Floats input = floats((long) n * in);
            Floats expected = floats(n + 1L);
            Floats actual = copy(expected);
            scalar.logitForward(input, weight, bias, expected, n);
            vector.logitForward(input, weight, bias, actual, n);
            assertThat(largestDifference(expected, actual)).isLessThan(ANOTHER_ORDER);

            Floats dLogits = floats(n);
            float[] want = logitBackward(scalar, input, weight, dLogits, n);
            assertThat(logitBackward(vector, input, weight, dLogits, n)).isEqualTo(want);
        }
    }

    private float[] logitBackward(DenseKernels kernels, Floats input, Floats weight, Floats dLogits, int n) {
        long in = weight.length();
        Floats all = memory.floats("gradients", n * in + in + 2);
        all.fill(UNTOUCHED);
        kernels.logitBackward(
                input, weight, dLogits, all.slice(0, n * in), all.slice(n * in, in), all.slice(n * in + in, 1), n);
        assertThat(all.get(all.length() - 1)).isEqualTo(UNTOUCHED);
        return all.toArray();
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, false", "2, false", "26, false", "0, true", "1, true", "2, true", "26, true"})
    void dotInteractionAgrees(int tables, boolean itself) {
        for (int dim : WIDTHS) {
            for (int n : SAMPLES) {
                compareDot(tables, itself, dim, n);
            }
        }
    }

    private void compareDot(int tables, boolean itself, int dim, int n) {
        try (OffHeap own = OffHeap.unlimited("test")) {
            long length = (long) tables * n * (dim + 3) + 5;
            Floats bottom = fill(own.floats("bottom", (long) n * dim));
            Floats values = fill(own.floats("values", length));
            PooledVectors a = pooled(values, filled(own, length), tables, n, dim);
            PooledVectors b = pooled(values, filled(own, length), tables, n, dim);
            int width = dim + Pairs.count(tables + 1, itself);
            DotInteraction scalarDot = scalar.dotInteraction(tables, dim, itself);
            DotInteraction vectorDot = vector.dotInteraction(tables, dim, itself);
            Floats outA = filled(own, (long) n * width + 1);
            Floats outB = filled(own, (long) n * width + 1);
            scalarDot.forward(bottom, a, 0, outA, n);
            vectorDot.forward(bottom, b, 0, outB, n);
            assertThat(largestDifference(outA, outB))
                    .as("dim %d, %d samples", dim, n)
                    .isLessThan(ANOTHER_ORDER);

            Floats dOut = fill(own.floats("dOut", (long) n * width));
            Floats dBottomA = filled(own, (long) n * dim + 1);
            Floats dBottomB = filled(own, (long) n * dim + 1);
            scalarDot.backward(bottom, a, 0, dOut, dBottomA, n);
            vectorDot.backward(bottom, b, 0, dOut, dBottomB, n);
            assertThat(largestDifference(dBottomA, dBottomB)).isLessThan(ANOTHER_ORDER);
            assertThat(largestDifference(a.gradients(), b.gradients())).isLessThan(ANOTHER_ORDER);
        }
    }

    /// Tables of unlike strides, in reverse order, with gaps that nobody may write to.
    private static PooledVectors pooled(Floats values, Floats gradients, int tables, int n, int dim) {
        PooledVectors pooled = new PooledVectors(values, gradients, tables);
        for (int t = 0; t < tables; t++) {
            pooled.place(t, (long) (tables - 1 - t) * n * (dim + 3) + 2, dim + t % 4);
        }
        return pooled;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 16, 100, 1027})
    void updateRulesAndSumAreTheSameBits(int length) {
        Floats gradients = floats(length);
        Floats state = floats(length);
        for (int i = 0; i < length; i++) {
            state.set(i, Math.abs(state.get(i)));
        }
        Floats expected = floats(length);
        Floats actual = copy(expected);
        Floats stateCopy = copy(state);
        scalar.sgd(expected, gradients, 0.1f);
        vector.sgd(actual, gradients, 0.1f);
        scalar.adagrad(expected, gradients, state, 0.01f, 1e-10f);
        vector.adagrad(actual, gradients, stateCopy, 0.01f, 1e-10f);
        assertThat(actual.toArray()).isEqualTo(expected.toArray());
        assertThat(stateCopy.toArray()).isEqualTo(state.toArray());

        Floats sums = floats(length + 1L); // from one place to another
        Floats sumsCopy = copy(sums);
        float first = sums.get(0);
        scalar.add(sums.segment(), Float.BYTES, gradients.segment(), 0, length);
        vector.add(sumsCopy.segment(), Float.BYTES, gradients.segment(), 0, length);
        assertThat(sumsCopy.toArray()).isEqualTo(sums.toArray());
        assertThat(sums.get(0)).isEqualTo(first);
    }

    /// @return the largest difference of two values at the same place; not a number where one of them is not
    private static float largestDifference(Floats a, Floats b) {
        assertThat(b.length()).isEqualTo(a.length());
        float largest = 0f;
        for (long i = 0; i < a.length(); i++) {
            largest = Math.max(largest, Math.abs(a.get(i) - b.get(i)));
        }
        return largest;
    }

    private Floats floats(long count) {
        return fill(memory.floats("values", count));
    }

    private Floats fill(Floats floats) {
        for (long i = 0; i < floats.length(); i++) {
            floats.set(i, random.nextInt(8) == 0 ? 0f : random.nextFloat() * 4f - 2f);
        }
        return floats;
    }

    private static Floats filled(OffHeap owner, long count) {
        Floats floats = owner.floats("values", count);
        floats.fill(UNTOUCHED);
        return floats;
    }

    private Floats copy(Floats from) {
        Floats to = memory.floats("copy", from.length());
        to.copyFrom(from);
        return to;
    }
}
