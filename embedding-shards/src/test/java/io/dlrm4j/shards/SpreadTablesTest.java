package io.dlrm4j.shards;

import static io.dlrm4j.shards.TableRuns.BATCHES;
import static io.dlrm4j.shards.TableRuns.SCHEMA;
import static io.dlrm4j.shards.TableRuns.SHAPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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
        "COLUMN_WISE, ROW_WISE_ADAGRAD",
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

    /// The accumulator of a row is of all its columns, so all owners must end with the same, to the bit.
    @Test
    void ownersOfColumnsAgreeOnTheAccumulatorOfARow() {
        var states = new ConcurrentHashMap<Integer, List<float[]>>();
        LocalWorld.run(3, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables =
                            TableRuns.tables(communicator, Plan.COLUMN_WISE, OptimizerKind.ROW_WISE_ADAGRAD, memory)) {
                TableRuns.initialise(tables, memory);
                Batch batch = TableRuns.batch(communicator, Plan.COLUMN_WISE, memory);
                for (int size : BATCHES) {
                    TableRuns.step(tables, batch, size);
                }
                List<float[]> own = new ArrayList<>();
                for (Shard shard : tables.shards()) {
                    Floats state = memory.floats("state", shard.rows().rows());
                    shard.rows().readState(0, shard.rows().rows(), state);
                    own.add(state.toArray());
                }
                states.put(communicator.rank(), own);
            }
        });
        List<float[]> first = Objects.requireNonNull(states.get(0));
        assertThat(first).hasSize(4).allSatisfy(state -> assertThat(state[0]).isPositive());
        for (int table = 0; table < 4; table++) {
            assertThat(Objects.requireNonNull(states.get(1)).get(table)).isEqualTo(first.get(table));
            assertThat(Objects.requireNonNull(states.get(2)).get(table)).isEqualTo(first.get(table));
        }
    }

    /// Owned rows of one-hot tables, one partial sum an owner of long bags, the least of both between: counted.
    @Test
    void rowWiseTablesSendNoVectorThatIsNotNeeded() {
        int ranks = 4;
        AtomicLong sent = new AtomicLong();
        AtomicLong needed = new AtomicLong();
        LocalWorld.run(ranks, plain -> {
            Communicator counting = counting(plain, sent);
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables = TableRuns.tables(counting, Plan.ROW_WISE, OptimizerKind.SGD, memory)) {
                TableRuns.initialise(tables, memory);
                Batch batch = TableRuns.batch(counting, Plan.ROW_WISE, memory);
                Clicks.fill(batch, SCHEMA, TableRuns.MAX_BATCH, 3);
                tables.startLookup(batch, false).await();
                for (int table = 0; table < 4; table++) {
                    long block = new RowWise(0, ranks)
                            .block(SCHEMA.tables().get(table).rows());
                    for (int sample = batch.from(); sample < batch.from() + batch.size(); sample++) {
                        Set<Long> owners = new HashSet<>();
                        Bags bags = batch.bags(table);
                        for (int k = bags.start(sample); k < bags.start(sample + 1); k++) {
                            owners.add(bags.ids().get(k) / block);
                        }
                        needed.addAndGet((long) owners.size() * TableRuns.DIM * Float.BYTES);
                    }
                }
            }
        });
        assertThat(sent.get()).isEqualTo(needed.get()).isPositive();
    }

    /// Counts what is sent by all-to-all, to the rank itself as well.
    private static Communicator counting(Communicator inner, AtomicLong bytes) {
        return (Communicator) Proxy.newProxyInstance(
                SpreadTablesTest.class.getClassLoader(),
                new Class<?>[] {Communicator.class},
                (_, method, arguments) -> {
                    if (method.getName().equals("allToAll")) {
                        bytes.addAndGet(((long[]) arguments[2])[inner.size()]);
                    }
                    return method.invoke(inner, arguments);
                });
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
        ShardingConfig hosts = ShardingConfig.newBuilder()
                .addTableRowWise("A")
                .addTableRowWise("C")
                .addTableRowWise("D@0")
                .setRanksPerHost(2)
                .build();
        assertThat(ShardingPlanner.plan(SHAPE, SCHEMA, hosts, 5).placements())
                .containsExactly(new RowWise(0, 2), new TableWise(4), new RowWise(2, 2), new RowWise(0, 2));
        assertThat(ShardingPlanner.plan(SHAPE, SCHEMA, all("*"), 3).placements())
                .containsOnly(new RowWise(0, 3));
        ShardingConfig ranks = ShardingConfig.newBuilder()
                .addColumnWise("C@1-2")
                .addRowWise("D@0-1")
                .addTableWise("A@2")
                .addTableWise("B@1")
                .build();
        assertThat(ShardingPlanner.plan(SHAPE, SCHEMA, ranks, 3).placements())
                .containsExactly(new TableWise(2), new TableWise(1), new ColumnWise(List.of(1, 2)), new RowWise(0, 2));
        assertThatThrownBy(() -> ShardingPlanner.plan(SHAPE, SCHEMA, ranks, 2))
                .hasMessage("sharding.column_wise: C@1-2 of a job of 2 ranks, want ranks of 0 to 1");
        assertThatThrownBy(() -> ShardingPlanner.plan(SHAPE, SCHEMA, all("A@1"), 3))
                .hasMessage("sharding.table_row_wise: A@1 of a job of 3 ranks, want a host of 0 to 0");
        ShardingConfig unknown = ShardingConfig.newBuilder().addRowWise("X").build();
        assertThatThrownBy(() -> ShardingPlanner.plan(SHAPE, SCHEMA, unknown, 1))
                .hasMessage("sharding.row_wise: no table X, want \"*\" or some of [A, B, C, D]");
    }

    private static ShardingConfig all(String tableRowWise) {
        return ShardingConfig.newBuilder().addTableRowWise(tableRowWise).build();
    }
}
