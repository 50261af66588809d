package io.dlrm4j.shards;

import static io.dlrm4j.shards.TableRuns.BATCHES;
import static io.dlrm4j.shards.TableRuns.SCHEMA;
import static io.dlrm4j.shards.TableRuns.SHAPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables that do not lie on one rank each, against one rank.
class SpreadTablesTest {
    /// One-hot and multi-hot tables of each kind.
    enum Plan implements IntFunction<ShardingPlan> {
        ROW_WISE,
        ROW_WISE_ON_SOME,
        COLUMN_WISE,
        DATA_PARALLEL,
        MIXED;

        @Override
        public ShardingPlan apply(int ranks) {
            RowWise all = new RowWise(0, ranks);
            RowWise some = new RowWise(ranks - (ranks + 1) / 2, (ranks + 1) / 2);
            return switch (this) {
                case ROW_WISE -> new ShardingPlan(ranks, Collections.nCopies(4, all));
                case ROW_WISE_ON_SOME -> new ShardingPlan(ranks, Collections.nCopies(4, some));
                case COLUMN_WISE -> new ShardingPlan(ranks, Collections.nCopies(4, columns(ranks)));
                case DATA_PARALLEL -> new ShardingPlan(ranks, Collections.nCopies(4, new DataParallel()));
                case MIXED -> new ShardingPlan(ranks, List.of(all, new TableWise(ranks - 1), new DataParallel(), some));
            };
        }
    }

    /// From the last rank down, so that rank and run of columns differ.
    private static ColumnWise columns(int ranks) {
        return new ColumnWise(IntStream.range(0, Math.min(ranks, TableRuns.DIM))
                .map(run -> ranks - 1 - run)
                .boxed()
                .toList());
    }

    @ParameterizedTest
    @EnumSource(Plan.class)
    void pooledVectorsAreThoseOfTheRows(Plan plan) {
        for (int ranks : new int[] {1, 2, 3, 4, 7}) {
            LocalWorld.run(ranks, communicator -> {
                try (OffHeap memory = OffHeap.unlimited("rank");
                        ShardedTables tables = TableRuns.tables(communicator, plan, OptimizerKind.SGD, memory)) {
                    TableRuns.initialise(tables, memory);
                    Batch batch = TableRuns.batch(communicator, plan, memory);
                    for (int size : BATCHES) {
                        Clicks.fill(batch, SCHEMA, size, size);
                        tables.startLookup(batch, false).await();
                        ShardedTablesTest.assertPooled(tables.pooled(), batch, size, 1e-6f);
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ROW_WISE, SGD",
        "ROW_WISE, ADAGRAD",
        "ROW_WISE, ROW_WISE_ADAGRAD",
        "ROW_WISE_ON_SOME, SGD",
        "ROW_WISE_ON_SOME, ADAGRAD",
        "ROW_WISE_ON_SOME, ROW_WISE_ADAGRAD",
        "COLUMN_WISE, SGD",
        "COLUMN_WISE, ADAGRAD",
        "DATA_PARALLEL, SGD",
        "DATA_PARALLEL, ADAGRAD",
        "DATA_PARALLEL, ROW_WISE_ADAGRAD",
        "MIXED, SGD",
        "MIXED, ADAGRAD",
        "MIXED, ROW_WISE_ADAGRAD"
    })
    void anyNumberOfRanksEndsAsOneRankDoes(Plan plan, OptimizerKind kind) {
        float[][] one = TableRuns.weightsAndState(1, kind, ranks -> ShardingPlanner.greedy(SHAPE, SCHEMA, ranks));
        for (int ranks : new int[] {1, 2, 3, 4, 7}) {
            float[][] many = TableRuns.weightsAndState(ranks, kind, plan);
            for (int part = 0; part < one.length; part++) {
                assertThat(many[part]).as("%d ranks, part %d", ranks, part).hasSameSizeAs(one[part]);
                for (int i = 0; i < one[part].length; i++) {
                    assertThat(many[part][i])
                            .as("%d ranks, part %d, float %d", ranks, part, i)
                            .isCloseTo(one[part][i], within(1e-6f * (1 + Math.abs(one[part][i]))));
                }
            }
            assertThat(TableRuns.weightsAndState(ranks, kind, plan))
                    .as("the same again, %d ranks", ranks)
                    .isDeepEqualTo(many);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void copiesStayEqualToTheBit(int ranks) {
        var ends = new ConcurrentHashMap<Integer, List<float[]>>();
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables =
                            TableRuns.tables(communicator, Plan.DATA_PARALLEL, OptimizerKind.ADAGRAD, memory)) {
                TableRuns.initialise(tables, memory);
                Batch batch = TableRuns.batch(communicator, Plan.DATA_PARALLEL, memory);
                for (int size : BATCHES) {
                    TableRuns.step(tables, batch, size);
                }
                ends.put(
                        communicator.rank(),
                        tables.shards().stream()
                                .map(shard -> weights(shard, memory))
                                .toList());
            }
        });
        List<float[]> first = Objects.requireNonNull(ends.remove(0));
        assertThat(ends).hasSize(ranks - 1);
        ends.forEach((rank, weights) -> {
            for (int table = 0; table < 4; table++) {
                assertThat(weights.get(table))
                        .as("table %d on rank %d", table, rank)
                        .isEqualTo(first.get(table));
            }
        });
    }

    private static float[] weights(Shard shard, OffHeap memory) {
        Floats weights = memory.floats("weights", shard.rows().rows() * TableRuns.DIM);
        shard.rows().readWeights(0, shard.rows().rows(), weights);
        return weights.toArray();
    }

    @ParameterizedTest
    @EnumSource(Plan.class)
    void anIdBeyondTheTableIsNamedOnEveryRank(Plan plan) {
        assertThatThrownBy(() -> LocalWorld.run(2, communicator -> {
                    try (OffHeap memory = OffHeap.unlimited("rank");
                            ShardedTables tables = TableRuns.tables(communicator, plan, OptimizerKind.SGD, memory)) {
                        Batch batch = TableRuns.batch(communicator, plan, memory);
                        Clicks.fill(batch, SCHEMA, 4, 1);
                        batch.bags(0).ids().set(3, 11);
                        tables.startLookup(batch, false).await();
                    }
                }))
                .hasStackTraceContaining("table 0: sample 3 of the batch has id 11, want 0 to 10 (11 rows)");
    }

    @Test
    void oneAccumulatorARowCannotBeSplitByColumns() {
        assertThatThrownBy(() -> LocalWorld.run(2, communicator -> {
                    try (OffHeap memory = OffHeap.unlimited("rank");
                            ShardedTables _ = TableRuns.tables(
                                    communicator, Plan.COLUMN_WISE, OptimizerKind.ROW_WISE_ADAGRAD, memory)) {
                        // never made
                    }
                }))
                .hasStackTraceContaining(
                        "optimizer.tables=ROW_WISE_ADAGRAD with column-wise tables, want ADAGRAD or SGD");
    }

    @Test
    void aPlanFollowsTheConfiguration() {
        ShardingConfig config = ShardingConfig.newBuilder()
                .addRowWise("D")
                .addDataParallel("A")
                .setDataParallelRows(1)
                .build();
        assertThat(ShardingPlanner.plan(SHAPE, SCHEMA, config, 3).placements())
                .containsExactly(new DataParallel(), new DataParallel(), new TableWise(0), new RowWise(0, 3));
        assertThat(ShardingPlanner.plan(SHAPE, SCHEMA, config, 1).placements()).containsOnly(new TableWise(0));
        ShardingConfig all = ShardingConfig.newBuilder().addRowWise("*").build();
        assertThat(ShardingPlanner.plan(SHAPE, SCHEMA, all, 2).placements()).containsOnly(new RowWise(0, 2));
        ShardingConfig unknown = ShardingConfig.newBuilder().addRowWise("X").build();
        assertThatThrownBy(() -> ShardingPlanner.plan(SHAPE, SCHEMA, unknown, 1))
                .hasMessage("sharding.row_wise: no table X, want \"*\" or some of [A, B, C, D]");
    }
}
