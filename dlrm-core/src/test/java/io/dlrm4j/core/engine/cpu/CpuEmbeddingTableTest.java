package io.dlrm4j.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CpuEmbeddingTableTest {
    /// Absolute and relative: five steps of fp32, a row moved up to 256 times in each, against double.
    private static final double TOLERANCE = 1e-5;

    private static final int SAMPLES = 64;
    private static final int MAX_POOLING = 4;
    private static final float RATE = 0.1f;

    private final OffHeap memory = OffHeap.unlimited("test");

    @AfterEach
    void close() {
        memory.close();
    }

    /// Rows: one; fewer than ids, so that every row repeats; about as many; so many that rows are found by hash.
    static List<Arguments> cases() {
        List<Arguments> all = new ArrayList<>();
        for (OptimizerKind kind : OptimizerKind.values()) {
            for (int dim : new int[] {1, 8, 16, 17, 64}) {
                for (int rows : new int[] {1, 3, 100, 5000}) {
                    all.add(Arguments.of(kind, dim, rows, true));
                    all.add(Arguments.of(kind, dim, rows, false));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void stepsAgreeWithTheNaiveTable(OptimizerKind kind, int dim, int rows, boolean oneHot) {
        SplittableRandom random = new SplittableRandom(17);
        CpuEmbeddingTable table = table(kind, rows, dim);
        NaiveTable naive = new NaiveTable(rows, dim, kind);
        initialise(table, naive, random);
        int stride = dim + 5;
        Floats pooled = memory.floats("pooled", 3 + SAMPLES * stride);
        Floats gradients = memory.floats("gradients", 3 + SAMPLES * stride);
        for (int step = 0; step < 5; step++) {
            Bags bags = oneHot ? oneHot(random, rows, SAMPLES - step) : multiHot(random, rows, SAMPLES - step);
            table.pool(bags, pooled, 3, stride);
            double[][] asDoubles = new double[bags.count()][dim];
            for (int s = 0; s < bags.count(); s++) {
                double[] expected = naive.pool(bags, s);
                for (int c = 0; c < dim; c++) {
                    assertThat((double) pooled.get(3 + (long) s * stride + c))
                            .as("step %d sample %d column %d", step, s, c)
                            .isCloseTo(expected[c], within(TOLERANCE * (1 + Math.abs(expected[c]))));
                    float g = (float) random.nextDouble(-1, 1);
                    gradients.set(3 + (long) s * stride + c, g);
                    asDoubles[s][c] = g;
                }
            }
            table.update(bags, gradients, 3, stride, RATE);
            naive.update(bags, asDoubles, RATE);
        }
        assertSame(table, naive, kind);
    }

    private void assertSame(CpuEmbeddingTable table, NaiveTable naive, OptimizerKind kind) {
        float[] weights = weights(table);
        int width = table.stateWidth();
        Floats state = memory.floats("state", table.rows() * width);
        table.readState(0, table.rows(), state);
        for (int i = 0; i < weights.length; i++) {
            int row = i / table.dim();
            int column = i % table.dim();
            double expectedWeight = naive.weights[row][column];
            assertThat((double) weights[i])
                    .as("weight of row %d column %d", row, column)
                    .isCloseTo(expectedWeight, within(TOLERANCE * (1 + Math.abs(expectedWeight))));
            if (kind != OptimizerKind.SGD && column < width) {
                double expected = naive.state[row][column];
                assertThat((double) state.get((long) row * width + column))
                        .as("state of row %d column %d", row, column)
                        .isCloseTo(expected, within(TOLERANCE * (1 + expected)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void theSameStepsGiveTheSameBitsWhateverCameBefore(OptimizerKind kind) {
        CpuEmbeddingTable fresh = table(kind, 5000, 17);
        CpuEmbeddingTable used = table(kind, 5000, 17);
        Floats zeros = memory.floats("zeros", 5000 * 17);
        SplittableRandom other = new SplittableRandom(5);
        for (int step = 0; step < 3; step++) { // leaves entries and sums of other rows behind
            used.update(multiHot(other, 5000, SAMPLES), random(other, SAMPLES * 17), 0, 17, RATE);
        }
        used.writeWeights(0, 5000, zeros);
        used.writeState(0, 5000, memory.floats("zeros", 5000L * used.stateWidth()));
        for (CpuEmbeddingTable table : List.of(fresh, used)) {
            SplittableRandom random = new SplittableRandom(6);
            for (int step = 0; step < 3; step++) {
                table.update(multiHot(random, 5000, SAMPLES), random(random, SAMPLES * 17), 0, 17, RATE);
            }
        }
        assertThat(weights(used)).isEqualTo(weights(fresh)).isNotEqualTo(zeros.toArray());
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void aWarmStepAllocatesNothing(OptimizerKind kind) {
        SplittableRandom random = new SplittableRandom(8);
        CpuEmbeddingTable table = table(kind, 5000, 16);
        Bags oneHot = oneHot(random, 5000, SAMPLES);
        Bags multiHot = multiHot(random, 40, SAMPLES);
        Floats vectors = random(random, SAMPLES * 16);
        steps(table, oneHot, multiHot, vectors, 3000); // compiled code keeps vectors in registers
        assertThat(allocated(() -> steps(table, oneHot, multiHot, vectors, 100)))
                .isZero();
    }

    private static void steps(CpuEmbeddingTable table, Bags oneHot, Bags multiHot, Floats vectors, int count) {
        for (int step = 0; step < count; step++) {
            table.pool(oneHot, vectors, 0, 16);
            table.update(oneHot, vectors, 0, 16, RATE);
            table.pool(multiHot, vectors, 0, 16);
            table.update(multiHot, vectors, 0, 16, RATE);
        }
    }

    private static long allocated(Runnable action) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 50 && least > 0; attempt++) { // until the compiler is done
            long before = threads.getCurrentThreadAllocatedBytes();
            action.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void anIdOutOfRangeIsNamedAndNothingIsWritten(OptimizerKind kind) {
        CpuEmbeddingTable table = table(kind, 30, 4);
        Floats vectors = random(new SplittableRandom(1), 12);
        float[] before = vectors.toArray();
        Bags bags = new Bags(Ints.of(memory, "ids", 1, 2, 29, 30), Ints.of(memory, "starts", 0, 2, 2, 4));
        bags.count(3);
        String message = "table 13: sample 2 of the batch has id 30, want 0 to 29 (30 rows)";
        assertThatThrownBy(() -> table.update(bags, vectors, 0, 4, RATE)).hasMessage(message);
        assertThatThrownBy(() -> table.pool(bags, vectors, 0, 4)).hasMessage(message);
        assertThat(weights(table)).containsOnly(0f);
        assertThat(vectors.toArray()).isEqualTo(before);
        Bags negative = new Bags(Ints.of(memory, "ids", 0, -7), null);
        negative.count(2);
        assertThatThrownBy(() -> table.pool(negative, vectors, 0, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table 13: sample 1 of the batch has id -7, want 0 to 29 (30 rows)");
    }

    @Test
    void batchesThatCannotBeAreRefused() {
        CpuEmbeddingTable table = table(OptimizerKind.ADAGRAD, 30, 4);
        Floats vectors = memory.floats("vectors", 400);
        Bags backwards = new Bags(Ints.of(memory, "ids", 1, 2, 3), Ints.of(memory, "starts", 0, 3, 2));
        backwards.count(2);
        assertThatThrownBy(() -> table.pool(backwards, vectors, 0, 4))
                .hasMessage("table 13: sample 1 of the batch has ids 3 to 2, want starts that ascend from 0");
        Bags wide = new Bags(memory.ints("ids", 257), Ints.of(memory, "starts", 0, 257));
        wide.count(1);
        assertThatThrownBy(() -> table.pool(wide, vectors, 0, 4))
                .hasMessage("table 13: batch of 257 ids, want at most 256");
        Bags long65 = new Bags(memory.ints("ids", 65), null);
        long65.count(65);
        assertThatThrownBy(() -> table.update(long65, vectors, 0, 4, RATE))
                .hasMessage("table 13: batch of 65 samples, want at most 64");
        assertThatThrownBy(() -> table.readWeights(29, 2, vectors))
                .hasMessage("table 13: 2 rows from row 29 on, want rows within 0 to 29");
        assertThatThrownBy(() -> table(OptimizerKind.SGD, 1L << 31, 1))
                .hasMessage("table 13: rows=2147483648, want 1 to 2147483647; shard the table by rows or hash its ids");
    }

    @Test
    void anEmptyBatchChangesNothing() {
        CpuEmbeddingTable table = table(OptimizerKind.ROW_WISE_ADAGRAD, 30, 4);
        Bags none = new Bags(memory.ints("ids", 0), memory.ints("starts", 1));
        table.pool(none, memory.floats("out", 0), 0, 4);
        table.update(none, memory.floats("gradients", 0), 0, 4, RATE);
        assertThat(weights(table)).containsOnly(0f);
    }

    private CpuEmbeddingTable table(OptimizerKind kind, long rows, int dim) {
        return new CpuEmbeddingTable(
                "table 13", rows, dim, SAMPLES, SAMPLES * MAX_POOLING, new UpdateRule(kind, 1e-10f), memory);
    }

    private void initialise(CpuEmbeddingTable table, NaiveTable naive, SplittableRandom random) {
        Floats row = memory.floats("row", table.dim());
        for (int r = 0; r < table.rows(); r++) {
            for (int c = 0; c < table.dim(); c++) {
                row.set(c, (float) random.nextDouble(-1, 1));
                naive.weights[r][c] = row.get(c);
            }
            table.writeWeights(r, 1, row);
        }
    }

    private Bags oneHot(SplittableRandom random, int rows, int samples) {
        Ints ids = memory.ints("ids", samples);
        for (int s = 0; s < samples; s++) {
            ids.set(s, random.nextInt(rows));
        }
        Bags bags = new Bags(ids, null);
        bags.count(samples);
        return bags;
    }

    /// Bags of 0 to 4 ids; the first bag is empty, the second lists one row four times.
    private Bags multiHot(SplittableRandom random, int rows, int samples) {
        Ints ids = memory.ints("ids", (long) samples * MAX_POOLING);
        Ints starts = memory.ints("starts", samples + 1L);
        int at = 0;
        int hot = random.nextInt(rows);
        for (int s = 0; s < samples; s++) {
            starts.set(s, at);
            int length = s == 0 ? 0 : s == 1 ? MAX_POOLING : random.nextInt(MAX_POOLING + 1);
            for (int k = 0; k < length; k++) {
                ids.set(at++, s == 1 || random.nextInt(4) == 0 ? hot : random.nextInt(rows));
            }
        }
        starts.set(samples, at);
        Bags bags = new Bags(ids, starts);
        bags.count(samples);
        return bags;
    }

    private Floats random(SplittableRandom random, int count) {
        Floats floats = memory.floats("random", count);
        for (int i = 0; i < count; i++) {
            floats.set(i, (float) random.nextDouble(-1, 1));
        }
        return floats;
    }

    private float[] weights(CpuEmbeddingTable table) {
        Floats all = memory.floats("weights", table.rows() * table.dim());
        table.readWeights(0, table.rows(), all);
        return all.toArray();
    }
}
