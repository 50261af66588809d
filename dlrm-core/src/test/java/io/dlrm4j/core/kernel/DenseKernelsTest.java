package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Small cases worked out by hand, for both implementations.
class DenseKernelsTest {
    private final OffHeap memory = OffHeap.unlimited("test");

    static List<DenseKernels> both() {
        return List.of(new ScalarDenseKernels(), new VectorDenseKernels());
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @MethodSource("both")
    void productsStandInTheOrderOfTheLowerTriangle(DenseKernels kernels) {
        Floats bottom = Floats.of(memory, "bottom", 1, 2);
        PooledVectors pooled = twoTables(Floats.of(memory, "pooled", 3, 5, 7, 11));
        Floats out = memory.floats("out", 5);
        kernels.dotInteraction(2, 2, false).forward(bottom, pooled, 0, out, 1);
        assertThat(out.toArray()).containsExactly(1, 2, 13, 29, 76);
    }

    @ParameterizedTest
    @MethodSource("both")
    void itselfPutsEachVectorsSquareAtTheEndOfItsRow(DenseKernels kernels) {
        Floats bottom = Floats.of(memory, "bottom", 1, 2);
        PooledVectors pooled = twoTables(Floats.of(memory, "pooled", 3, 5, 7, 11));
        Floats out = memory.floats("out", 8);
        kernels.dotInteraction(2, 2, true).forward(bottom, pooled, 0, out, 1);
        assertThat(out.toArray()).containsExactly(1, 2, 5, 13, 34, 29, 76, 170);
    }

    @ParameterizedTest
    @MethodSource("both")
    void derivativeOfASquareIsTwiceTheVector(DenseKernels kernels) {
        Floats bottom = Floats.of(memory, "bottom", 1, 2);
        PooledVectors pooled = twoTables(Floats.of(memory, "pooled", 3, 5, 7, 11));
        Floats dOut = Floats.of(memory, "dOut", 100, 200, 1, 0, 10, 0, 0, 0);
        Floats dBottom = memory.floats("dBottom", 2);
        kernels.dotInteraction(2, 2, true).backward(bottom, pooled, 0, dOut, dBottom, 1);
        assertThat(dBottom.toArray()).containsExactly(102, 204);
        assertThat(pooled.gradients().toArray()).containsExactly(60, 100, 0, 0);
    }

    private PooledVectors twoTables(Floats values) {
        PooledVectors pooled = new PooledVectors(values, memory.floats("gradients", values.length()), 2);
        pooled.place(0, 0, 2);
        pooled.place(1, 2, 2);
        return pooled;
    }

    @ParameterizedTest
    @MethodSource("both")
    void gradientOfReluAtZeroIsZero(DenseKernels kernels) {
        Floats gradient = Floats.of(memory, "gradient", 1, 2, 3, 4);
        Floats output = Floats.of(memory, "output", 0, 5, -0f, 6);
        Floats biasGradient = Floats.of(memory, "biasGradient", 9, 9);
        kernels.reluBackward(gradient, output, biasGradient, 2);
        assertThat(gradient.toArray()).containsExactly(0, 2, 0, 4);
        assertThat(biasGradient.toArray()).containsExactly(9, 15);
    }

    @ParameterizedTest
    @MethodSource("both")
    void noSamplesLeaveTheGradients(DenseKernels kernels) {
        Floats dWeight = Floats.of(memory, "dWeight", 9, 9);
        Floats dBias = Floats.of(memory, "dBias", 9);
        Floats weight = Floats.of(memory, "weight", 1, 2);
        kernels.logitBackward(Floats.NONE, weight, Floats.NONE, Floats.NONE, dWeight, dBias, 0);
        assertThat(dWeight.toArray()).containsExactly(9, 9);
        assertThat(dBias.toArray()).containsExactly(9);
    }

    @ParameterizedTest
    @MethodSource("both")
    void adagradAddsEpsOutsideTheRootAndUsesTheNewState(DenseKernels kernels) {
        Floats weights = Floats.of(memory, "weights", 1f, 1f);
        Floats gradients = Floats.of(memory, "gradients", 3f, 0f);
        Floats state = Floats.of(memory, "state", 16f, 0f);
        kernels.adagrad(weights, gradients, state, 0.5f, 1f);
        assertThat(state.toArray()).containsExactly(25f, 0f);
        assertThat(weights.toArray()).containsExactly(0.75f, 1f);
    }

    @ParameterizedTest
    @MethodSource("both")
    void reluLetsNotANumberThrough(DenseKernels kernels) {
        Floats values = Floats.of(memory, "values", Float.NaN, -1f);
        kernels.addBiasRelu(values, memory.floats("bias", 2), 1);
        assertThat(values.toArray()).containsExactly(Float.NaN, 0f);
    }
}
