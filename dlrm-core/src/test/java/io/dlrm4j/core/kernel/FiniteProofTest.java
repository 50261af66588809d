package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every update tells when it has written something that is no finite number, wherever that is, and only then.
class FiniteProofTest {
    private static final float[] NOT_FINITE = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    private static final float EPS = 1e-10f;
    private static final float LARGEST = Float.MAX_VALUE;

    private final OffHeap memory = OffHeap.unlimited("test");
    private final List<DenseKernels> dense = List.of(new ScalarDenseKernels(), new VectorDenseKernels());
    private final List<RowKernels> rows = List.of(new ScalarRowKernels(), new VectorRowKernels());
    private final Ints ids = Ints.of(memory, "ids", 2, 0);

    @AfterEach
    void close() {
        memory.close();
    }

    private Floats filled(int length, float value) {
        Floats floats = memory.floats("values", length);
        floats.fill(value);
        return floats;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 15, 16, 17, 33, 100})
    void denseUpdatesTell(int length) {
        for (DenseKernels kernels : dense) {
            for (int at = 0; at < length; at++) {
                for (float bad : NOT_FINITE) {
                    Floats gradients = filled(length, 1e30f);
                    assertThat(kernels.areFinite(gradients)).isTrue();
                    assertThat(kernels.sgd(filled(length, 1), gradients, 0.1f)).isTrue();
                    gradients.set(at, bad);
                    assertThat(kernels.areFinite(gradients)).isFalse();
                    assertThat(kernels.sgd(filled(length, 1), gradients, 0.1f)).isFalse();
                    assertThat(kernels.adagrad(filled(length, 1), gradients, filled(length, 1), 0.1f, EPS))
                            .isFalse();
                    Floats weights = filled(length, LARGEST);
                    Floats small = filled(length, 1e-3f);
                    assertThat(kernels.adagrad(weights, small, filled(length, 1), 0.1f, EPS))
                            .isTrue();
                    weights.set(at, bad);
                    assertThat(kernels.adagrad(weights, small, filled(length, 1), 0.1f, EPS))
                            .isFalse();
                }
                Floats large = filled(length, 1);
                large.set(at, 1e20f);
                assertThat(kernels.adagrad(filled(length, 1), large, filled(length, 1), 0.1f, EPS))
                        .as("a state that overflows by a finite gradient")
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8, 15, 16, 17, 32, 64, 100})
    void rowUpdatesTell(int d) {
        for (RowKernels kernels : rows) {
            for (int at = 0; at < 2 * d; at++) {
                for (float bad : NOT_FINITE) {
                    Floats gradients = filled(2 * d, 1e3f);
                    assertThat(all(kernels, d, gradients)).containsOnly(true);
                    gradients.set(at, bad);
                    assertThat(all(kernels, d, gradients)).containsOnly(false);
                }
            }
        }
    }

    /// @return what SGD, multi-hot SGD, Adagrad and row-wise Adagrad say
    private List<Boolean> all(RowKernels kernels, int d, Floats gradients) {
        Ints starts = Ints.of(memory, "starts", 0, 1, 2);
        return List.of(
                kernels.sgd(filled(3 * d, 1), d, ids, null, 2, gradients, 0, d, 0.1f),
                kernels.sgd(filled(3 * d, 1), d, ids, starts, 2, gradients, 0, d, 0.1f),
                kernels.adagrad(filled(3 * d, 1), filled(3 * d, 1), d, ids, 2, gradients, 0.1f, EPS),
                kernels.rowWiseAdagrad(filled(3 * d, 1), filled(3, 1), d, ids, 2, gradients, 0.1f, EPS));
    }

    @Test
    void rowsThatWereNotFiniteBeforeAreTold() {
        int d = 16;
        for (RowKernels kernels : rows) {
            Floats gradients = filled(2 * d, 1e-3f);
            Floats table = filled(3 * d, 1);
            table.set(d + 3, Float.NaN); // row 1 is not moved
            assertThat(kernels.sgd(table, d, ids, null, 2, gradients, 0, d, 0.1f))
                    .isTrue();
            table.set(2 * d + 15, Float.NEGATIVE_INFINITY);
            assertThat(kernels.sgd(table, d, ids, null, 2, gradients, 0, d, 0.1f))
                    .isFalse();
            assertThat(kernels.rowWiseAdagrad(
                            filled(3 * d, 1), filled(3, LARGEST), d, ids, 2, filled(2 * d, 1e19f), 0.1f, EPS))
                    .as("a state that overflows by finite gradients")
                    .isFalse();
        }
    }
}
