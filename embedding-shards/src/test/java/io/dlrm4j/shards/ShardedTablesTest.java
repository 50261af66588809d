package io.dlrm4j.shards;

import static io.dlrm4j.shards.TableRuns.BATCHES;
import static io.dlrm4j.shards.TableRuns.DIM;
import static io.dlrm4j.shards.TableRuns.MAX_BATCH;
import static io.dlrm4j.shards.TableRuns.SCHEMA;
import static io.dlrm4j.shards.TableRuns.SHAPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Worlds of ranks on threads against one rank. An owner sees all samples in global order whoever computed them, so
/// equal gradients must give equal bits.
class ShardedTablesTest {
    private static ShardingPlan greedy(int ranks) {
        return ShardingPlanner.greedy(SHAPE, SCHEMA, ranks);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7})
    void pooledVectorsAreThoseOfTheRows(int ranks) {
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables =
                            TableRuns.tables(communicator, ShardedTablesTest::greedy, OptimizerKind.SGD, memory)) {
                TableRuns.initialise(tables, memory);
                Batch batch = TableRuns.batch(communicator, ShardedTablesTest::greedy, memory);
                for (int size : BATCHES) {
                    Clicks.fill(batch, SCHEMA, size, size);
                    tables.startLookup(batch, false).await();
                    assertPooled(tables.pooled(), batch, size, 0);
                }
            }
        });
    }

    static void assertPooled(PooledVectors pooled, Batch batch, int size, float tolerance) {
        for (int sample = 0; sample < batch.size(); sample++) {
            for (int table = 0; table < 4; table++) {
                float[] expected = new float[DIM];
                for (int row : Clicks.ids(SCHEMA, size, table, batch.from() + sample)) {
                    for (int c = 0; c < DIM; c++) {
                        expected[c] += Clicks.weight(table, row, c);
                    }
                }
                long at = pooled.offset(table) + (long) sample * pooled.stride(table);
                assertThat(pooled.values().slice(at, DIM).toArray())
                        .as("sample %d of %d, table %d", batch.from() + sample, size, table)
                        .containsExactly(expected, within(tolerance));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void anyNumberOfRanksEndsWithTheBitsOfOneRank(OptimizerKind kind) {
        float[][] one = TableRuns.weightsAndState(1, kind, ShardedTablesTest::greedy);
        assertThat(one[0]).isNotEqualTo(TableRuns.initialWeights(0));
        for (int ranks : new int[] {2, 3, 4, 5, 7}) {
            assertThat(TableRuns.weightsAndState(ranks, kind, ShardedTablesTest::greedy))
                    .as("%d ranks", ranks)
                    .isDeepEqualTo(one);
        }
    }

    @Test
    void aWarmStepOfOneRankAllocatesNothing() {
        LocalWorld.run(1, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables =
                            TableRuns.tables(communicator, ShardedTablesTest::greedy, OptimizerKind.ADAGRAD, memory)) {
                Batch batch = TableRuns.batch(communicator, ShardedTablesTest::greedy, memory);
                Clicks.fill(batch, SCHEMA, MAX_BATCH, 1);
                long least = Long.MAX_VALUE;
                var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
                for (int attempt = 0; attempt < 200 && least > 0; attempt++) { // until the compiler is done
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int i = 0; i < 100; i++) {
                        tables.startLookup(batch, false).await();
                        tables.startUpdate(batch).await();
                        tables.update(0.1f);
                    }
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                }
                assertThat(least).isZero();
            }
        });
    }

    @Test
    void stepsOutOfOrderAreRefused() {
        LocalWorld.run(1, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables =
                            TableRuns.tables(communicator, ShardedTablesTest::greedy, OptimizerKind.SGD, memory)) {
                Batch batch = TableRuns.batch(communicator, ShardedTablesTest::greedy, memory);
                Clicks.fill(batch, SCHEMA, 4, 1);
                Pending lookup = tables.startLookup(batch, false);
                assertThatThrownBy(() -> tables.startUpdate(batch))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("update started before the last lookup was awaited");
                lookup.await();
                batch.globalSize(5);
                assertThatThrownBy(() -> tables.startUpdate(batch))
                        .hasMessage("update of a batch of 5 samples, want the one looked up, of 4");
                assertThatThrownBy(() -> tables.startLookup(batch, false))
                        .hasMessage("table 0: ids of 4 samples, want 5, the global batch");
                batch.globalSize(4);
                tables.startLookup(batch, false).await();
                assertThatThrownBy(() -> tables.update(1))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("rows moved before their gradients were sent");
                Pending gradients = tables.startUpdate(batch);
                assertThatThrownBy(() -> tables.update(1)).hasMessage("rows moved before their gradients were awaited");
                gradients.await();
                assertThatThrownBy(() -> tables.startLookup(batch, false))
                        .hasMessage("lookup started before the last update was done");
                tables.update(1);
            }
        });
    }

    @Test
    void aPlanForOtherRanksIsRefused() {
        LocalWorld.run(1, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank")) {
                UpdateRule rule = new UpdateRule(OptimizerKind.SGD, 0);
                ShardingPlan plan = ShardingPlanner.greedy(SHAPE, 2);
                assertThatThrownBy(() -> ShardedTables.create(
                                SHAPE,
                                SCHEMA,
                                plan,
                                new RowsOnly(),
                                rule,
                                ExchangeFormat.EXACT,
                                communicator,
                                MAX_BATCH,
                                memory))
                        .hasMessage("sharding plan for 2 ranks, want 1, as there are");
            }
        });
    }
}
