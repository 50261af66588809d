package io.dlrm4j.core.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.core.blas.MatrixProducts.Form;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MatrixProductsTest {
    /// At most 367 summands of values below 1 in float32.
    private static final Offset<Float> ROUNDING = Offset.offset(2e-4f);

    private static final int[][] SIZES = {{1, 1, 1}, {2, 3, 5}, {17, 1, 33}, {1, 64, 7}, {13, 31, 129}, {64, 16, 367}};

    private final OffHeap memory = OffHeap.unlimited("test");
    private final Random random = new Random(7);

    static List<MatrixProducts> fast() {
        return List.of(new OneDnnProducts(), new Nd4jProducts());
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @MethodSource("fast")
    void everyFormOfEverySizeEqualsPlainLoops(MatrixProducts products) {
        for (int[] size : SIZES) {
            for (Form formA : Form.values()) {
                for (Form formB : Form.values()) {
                    compare(products, formA, formB, size[0], size[1], size[2]);
                }
            }
        }
    }

    /// The factors lie within one buffer at odd places, and what surrounds the result must not change.
    private void compare(MatrixProducts products, Form formA, Form formB, int m, int n, int k) {
        long lengthA = (long) m * k;
        long lengthB = (long) k * n;
        long lengthC = (long) m * n;
        Floats buffer = memory.floats("factors", lengthA + lengthB + 3);
        for (long i = 0; i < buffer.length(); i++) {
            buffer.set(i, random.nextFloat() * 2 - 1);
        }
        Floats a = buffer.slice(1, lengthA);
        Floats b = buffer.slice(lengthA + 2, lengthB);
        Floats expected = memory.floats("expected", lengthC + 2);
        Floats actual = memory.floats("actual", lengthC + 2);
        expected.fill(5f);
        actual.fill(5f);
        for (boolean add : new boolean[] {false, true}) {
            new PlainProducts().multiply(formA, formB, m, n, k, a, b, expected.slice(1, lengthC), add);
            products.multiply(formA, formB, m, n, k, a, b, actual.slice(1, lengthC), add);
            assertThat(actual.toArray())
                    .as("%s %s, m=%d n=%d k=%d, add=%s", formA, formB, m, n, k, add)
                    .containsExactly(expected.toArray(), ROUNDING);
        }
    }

    @Test
    void plainLoopsMultiplyAsWrittenByHand() {
        Floats a = Floats.of(memory, "a", 1, 2, 3, 4, 5, 6);
        Floats b = Floats.of(memory, "b", 1, 10, 100, 2, 20, 200);
        Floats c = memory.floats("c", 4);
        new PlainProducts().multiply(Form.KEEP, Form.TRANSPOSE, 2, 2, 3, a, b, c, false);
        assertThat(c.toArray()).containsExactly(321, 642, 654, 1308);
        new PlainProducts().multiply(Form.KEEP, Form.TRANSPOSE, 2, 2, 3, a, b, c, true);
        assertThat(c.toArray()).containsExactly(642, 1284, 1308, 2616);
    }

    @ParameterizedTest
    @MethodSource("fast")
    void seesWhatWasWrittenSinceTheLastCall(MatrixProducts products) {
        Floats a = Floats.of(memory, "a", 2);
        Floats b = Floats.of(memory, "b", 3);
        Floats c = memory.floats("c", 1);
        products.multiply(Form.KEEP, Form.KEEP, 1, 1, 1, a, b, c, false);
        assertThat(c.get(0)).isEqualTo(6f);
        a.set(0, 5);
        products.multiply(Form.KEEP, Form.KEEP, 1, 1, 1, a, b, c, false);
        assertThat(c.get(0)).isEqualTo(15f);
    }

    @ParameterizedTest
    @MethodSource("fast")
    void refusesMemoryThatIsTooShort(MatrixProducts products) {
        Floats six = memory.floats("six", 6);
        Floats five = memory.floats("five", 5);
        assertThatThrownBy(() -> products.multiply(Form.KEEP, Form.KEEP, 2, 3, 2, five, six, five, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("matrix product: C has 5 floats, want 6 or more");
        assertThatThrownBy(() -> products.multiply(Form.KEEP, Form.KEEP, 0, 3, 2, five, six, six, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("matrix product: m=0 n=3 k=2, want 1 or more");
    }

    @Test
    void theBestSaysWhatItIs() {
        SelectedProducts best = SelectedProducts.best();
        assertThat(best.description())
                .startsWith("matrix products by " + best.products().name());
    }

    @Test
    void nd4jLeavesTheThreadsOfOneDnnAlone() throws IOException {
        assumeTrue(OneDnnLibrary.SGEMM != null, OneDnnLibrary.WHY_NOT);
        Nd4jLibrary.load();
        assertThat(OneDnnLibrary.threads()).isEqualTo(BlasEnvironment.threads());
    }

    @Test
    void everyComputeThreadMultipliesAlone() {
        assumeTrue(OneDnnLibrary.SGEMM != null, OneDnnLibrary.WHY_NOT);
        Nd4jLibrary.load();
        int[] threads = new int[3];
        try (Crew crew = new Crew(threads.length)) {
            crew.run(worker -> {
                try {
                    threads[worker] = OneDnnLibrary.threads();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        assertThat(threads).containsOnly(BlasEnvironment.threads());
    }
}
