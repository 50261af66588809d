package io.dlrm4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Inner products by vectors are summed in one stated order, so that runs repeat to the bit.
class VectorOrderTest {
    private final OffHeap memory = OffHeap.unlimited("test");
    private final Random random = new Random(3);
    private final DenseKernels kernels = new VectorDenseKernels();

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 17, 64, 256})
    void logitIsSummedInEightLanes(int in) {
        Floats input = gaussian(in);
        Floats weight = gaussian(in);
        Floats logit = memory.floats("logit", 1);
        kernels.logitForward(input, weight, Floats.of(memory, "bias", 0.5f), logit, 1);
        float expected = inEightLanes(input, weight, in / 8 * 8);
        for (int c = in / 8 * 8; c < in; c++) {
            expected += input.get(c) * weight.get(c);
        }
        assertThat(logit.get(0)).isEqualTo(expected + 0.5f);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 17, 64, 256})
    void productOfTwoVectorsIsSummedInTheOrderOfTheirColumns(int dim) {
        Floats bottom = gaussian(dim);
        Floats table = gaussian(dim);
        PooledVectors pooled = new PooledVectors(table, Floats.NONE, 1);
        pooled.place(0, 0, dim);
        Floats out = memory.floats("out", dim + 1L);
        kernels.dotInteraction(1, dim, false).forward(bottom, pooled, 0, out, 1);
        float expected = 0f;
        for (int c = 0; c < dim; c++) {
            expected = Math.fma(bottom.get(c), table.get(c), expected);
        }
        assertThat(out.get(dim)).isEqualTo(expected);
    }

    private static float inEightLanes(Floats a, Floats b, int count) {
        float[] lanes = new float[8];
        for (int c = 0; c < count; c++) {
            lanes[c % 8] = Math.fma(a.get(c), b.get(c), lanes[c % 8]);
        }
        for (int half = 4; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] += lanes[lane + half];
            }
        }
        return lanes[0];
    }

    private Floats gaussian(int count) {
        Floats floats = memory.floats("values", count);
        for (int i = 0; i < count; i++) {
            floats.set(i, (float) random.nextGaussian());
        }
        return floats;
    }
}
