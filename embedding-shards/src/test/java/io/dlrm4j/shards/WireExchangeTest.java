package io.dlrm4j.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.CommListener;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Vectors and gradients that do not travel as they are, for every kind of placement.
class WireExchangeTest {
    private static final ExchangeFormat ALL_CHOSEN = new ExchangeFormat(Format.FP32, Format.FP32, 0.999);

    @ParameterizedTest
    @EnumSource(SpreadTablesTest.Plan.class)
    void theLargestOfAllAreAllToTheBit(SpreadTablesTest.Plan plan) {
        for (int ranks : new int[] {2, 3, 7}) {
            assertThat(TableRuns.weightsAndState(ranks, OptimizerKind.ADAGRAD, plan, ALL_CHOSEN))
                    .isDeepEqualTo(TableRuns.weightsAndState(ranks, OptimizerKind.ADAGRAD, plan));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ROW_WISE, BF16, FP16, 1",
        "COLUMN_WISE, FP16, INT8, 1",
        "COLUMN_WISE, INT8, BF16, 0.4",
        "MIXED, BF16, BF16, 1",
        "MIXED, INT8, INT8, 1",
        "MIXED, FP32, BF16, 0.4",
        "MIXED, BF16, FP32, 0.4"
    })
    void everyPlacementTrainsInEveryFormat(SpreadTablesTest.Plan plan, Format forward, Format backward, double kept) {
        ExchangeFormat format = new ExchangeFormat(forward, backward, kept);
        for (int ranks : new int[] {2, 3, 7}) {
            float[][] exact = TableRuns.weightsAndState(ranks, OptimizerKind.SGD, plan);
            float[][] ends = TableRuns.weightsAndState(ranks, OptimizerKind.SGD, plan, format);
            assertThat(TableRuns.weightsAndState(ranks, OptimizerKind.SGD, plan, format))
                    .as("the same again, %d ranks", ranks)
                    .isDeepEqualTo(ends);
            boolean differ = false;
            for (int table = 0; table < 4; table++) {
                differ |= !Arrays.equals(ends[table], exact[table]);
                for (int i = 0; i < ends[table].length; i++) {
                    assertThat(ends[table][i]).isFinite();
                }
                for (int i = 0; kept == 1 && i < ends[table].length; i++) {
                    assertThat(ends[table][i]).isCloseTo(exact[table][i], within(0.05f));
                }
            }
            assertThat(differ).isTrue();
        }
    }

    @Test
    void theLargestValuesOfASampleTravelAndGradientsComeBackForThem() {
        int width = 40;
        int run = 8;
        int samples = 6;
        int k = 10;
        LocalWorld.run(3, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank")) {
                int rank = communicator.rank();
                int[] widths = {width, 0, width};
                long[] ownerSide = {0, bytes(1, width), bytes(4, width), bytes(samples, width)};
                int here = new int[] {1, 3, 2}[rank];
                long[] sampleSide = {0, bytes(here, width), bytes(here, width), bytes(2 * here, width)};
                if (rank == 1) {
                    Arrays.fill(ownerSide, 0);
                }
                Floats owner = memory.floats("owner", (long) samples * width);
                Floats sample = memory.floats("sample", 2L * here * width);
                VectorExchange exchange = new VectorExchange(
                        "test",
                        new ExchangeFormat(Format.FP32, Format.FP32, 0.25),
                        run,
                        widths,
                        rank == 1 ? 0 : owner.length(),
                        sample.length(),
                        communicator,
                        memory);
                for (int step = 0; step < 2; step++) {
                    values(owner, rank, step);
                    exchange.forward(owner, ownerSide, sample, sampleSide, false)
                            .await();
                    int first = new int[] {0, 1, 4}[rank];
                    for (int s = 0; s < 2 * here; s++) {
                        Floats whole = memory.floats("whole", (long) samples * width);
                        values(whole, s < here ? 0 : 2, step);
                        float[] row = whole.slice((long) (first + s % here) * width, width)
                                .toArray();
                        assertThat(sample.slice((long) s * width, width).toArray())
                                .isEqualTo(largest(row, k));
                    }
                    sample.fill(step + 2);
                    exchange.backward(sample, sampleSide, owner, ownerSide).await();
                    for (int s = 0; rank != 1 && s < samples; s++) {
                        Floats whole = memory.floats("whole", (long) samples * width);
                        values(whole, rank, step);
                        float[] kept =
                                largest(whole.slice((long) s * width, width).toArray(), k);
                        for (int c = 0; c < width; c++) {
                            assertThat(owner.get((long) s * width + c)).isEqualTo(kept[c] == 0 ? 0 : step + 2);
                        }
                    }
                }
                values(owner, rank, 9);
                exchange.forward(owner, ownerSide, sample, sampleSide, true).await();
                assertThat(sample.get(0)).as("for an evaluation all travel").isNotZero();
                assertThatThrownBy(() -> exchange.backward(sample, sampleSide, owner, ownerSide))
                        .hasMessage("gradients of vectors that travelled for an evaluation");
            }
        });
    }

    private static long bytes(int rows, int width) {
        return (long) rows * width * Float.BYTES;
    }

    /// Some of equal magnitude, one of them no number.
    private static void values(Floats owner, int rank, int step) {
        SplittableRandom random = new SplittableRandom(rank * 10 + step);
        for (int i = 0; i < owner.length(); i++) {
            owner.set(i, random.nextBoolean() ? random.nextInt(1, 4) : -random.nextInt(1, 9) / 2f);
        }
        owner.set(owner.length() - 1, Float.NaN);
    }

    /// The `k` of largest magnitude, of equal ones the first, and zeros.
    private static float[] largest(float[] row, int k) {
        float[] kept = new float[row.length];
        Integer[] order = new Integer[row.length];
        Arrays.setAll(order, c -> c);
        Arrays.sort(order, (a, b) -> Float.compare(Math.abs(row[b]), Math.abs(row[a]))); // stable
        for (int i = 0; i < k; i++) {
            kept[order[i]] = row[order[i]];
        }
        return kept;
    }

    @Test
    void bytesAreThoseOfTheFormulas() {
        // 19 samples of 4 tables of 5 floats; the tables of rank 0 and 1 on two ranks, parts of 10 and 9 samples
        long[] exact = bytes(ExchangeFormat.EXACT);
        assertThat(bytes(new ExchangeFormat(Format.BF16, Format.BF16, 1))).containsExactly(exact[0] / 2, exact[1] / 2);
        assertThat(bytes(new ExchangeFormat(Format.INT8, Format.FP32, 1)))
                .containsExactly(exact[0] / 20 * 9, exact[1]); // five bytes and a scale instead of 20 bytes
        // a rank's two tables are ten values of a sample, of which three travel, and a bit for each of the ten:
        // 2 + 12 bytes of 40
        assertThat(bytes(new ExchangeFormat(Format.FP32, Format.FP32, 0.3)))
                .containsExactly(exact[0] / 40 * 14, exact[1] / 40 * 12);
    }

    /// @return bytes that both ranks give each other forward and backward in one step
    private static long[] bytes(ExchangeFormat format) {
        long[][] given = new long[2][2];
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables = TableRuns.tables(
                            communicator, WireExchangeTest::twoAndTwo, OptimizerKind.SGD, format, memory)) {
                Batch batch = TableRuns.batch(communicator, WireExchangeTest::twoAndTwo, memory);
                count(communicator, given[communicator.rank()]);
                TableRuns.step(tables, batch, TableRuns.MAX_BATCH);
                communicator.barrier(Lane.CONTROL).await();
            }
        });
        return new long[] {given[0][0] + given[1][0], given[0][1] + given[1][1]};
    }

    private static ShardingPlan twoAndTwo(int ranks) {
        return new ShardingPlan(ranks, List.of(new TableWise(0), new TableWise(1), new TableWise(1), new TableWise(0)));
    }

    private static void count(Communicator communicator, long[] given) {
        communicator.listen(new CommListener() {
            @Override
            public void gave(Lane lane, long bytes) {
                if (lane == Lane.FORWARD || lane == Lane.BACKWARD) {
                    given[lane == Lane.FORWARD ? 0 : 1] += bytes;
                }
            }
        });
    }

    @Test
    void aPartThatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> new ExchangeFormat(Format.FP32, Format.FP32, 1.5))
                .hasMessage("dct.activations=1.5, want more than 0, up to 1");
    }
}
