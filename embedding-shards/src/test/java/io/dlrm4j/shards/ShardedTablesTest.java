package io.dlrm4j.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Worlds of ranks on threads against one rank. An owner sees all samples in global order whoever computed them, so
/// equal gradients must give equal bits.
class ShardedTablesTest {
    private static final int DIM = 5;
    private static final int MAX_BATCH = 19;
    /// More than ranks, fewer than ranks, one sample, uneven, the largest, again small: buffers are reused.
    private static final int[] BATCHES = {8, 3, 1, 17, MAX_BATCH, 2};

    private static final Schema SCHEMA = new Schema(
            1,
            List.of(
                    new Schema.Table("A", 11, 1),
                    new Schema.Table("B", 1, 1),
                    new Schema.Table("C", 7, 4),
                    new Schema.Table("D", 300, 3)));
    private static final DlrmShape SHAPE =
            Shapes.of(DIM, SCHEMA.tables().stream().map(Schema.Table::rows).toList());

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7})
    void pooledVectorsAreThoseOfTheRows(int ranks) {
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables = tables(communicator, OptimizerKind.SGD, memory)) {
                initialise(tables, memory);
                Batch batch = batch(communicator, memory);
                for (int size : BATCHES) {
                    Clicks.fill(batch, SCHEMA, size, size);
                    tables.startLookup(batch).await();
                    assertPooled(tables.pooled(), batch, size);
                }
            }
        });
    }

    private static void assertPooled(PooledVectors pooled, Batch batch, int size) {
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
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void anyNumberOfRanksEndsWithTheBitsOfOneRank(OptimizerKind kind) {
        float[][] one = weightsAndStateAfterSteps(1, kind);
        assertThat(one[0]).isNotEqualTo(initialWeights(0));
        for (int ranks : new int[] {2, 3, 4, 5, 7}) {
            assertThat(weightsAndStateAfterSteps(ranks, kind))
                    .as("%d ranks", ranks)
                    .isDeepEqualTo(one);
        }
    }

    private static float[] initialWeights(int table) {
        float[] weights = new float[(int) SCHEMA.tables().get(table).rows() * DIM];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Clicks.weight(table, i / DIM, i % DIM);
        }
        return weights;
    }

    /// Weights, then optimizer state, of each table.
    private static float[][] weightsAndStateAfterSteps(int ranks, OptimizerKind kind) {
        float[][] ends = new float[8][];
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables = tables(communicator, kind, memory)) {
                initialise(tables, memory);
                Batch batch = batch(communicator, memory);
                for (int size : BATCHES) {
                    step(tables, batch, size);
                }
                for (Shard shard : tables.shards()) {
                    EmbeddingTable rows = shard.rows();
                    Floats weights = memory.floats("weights", rows.rows() * DIM);
                    Floats state = memory.floats("state", rows.rows() * rows.stateWidth());
                    rows.readWeights(0, rows.rows(), weights);
                    rows.readState(0, rows.rows(), state);
                    ends[shard.spec().table()] = weights.toArray(); // one owner each
                    ends[4 + shard.spec().table()] = state.toArray();
                }
            }
        });
        return ends;
    }

    /// The gradient depends on sample and table alone, and on the pooled vector, so that an error there shows too.
    private static void step(ShardedTables tables, Batch batch, int size) {
        Clicks.fill(batch, SCHEMA, size, size);
        tables.startLookup(batch).await();
        PooledVectors pooled = tables.pooled();
        for (int sample = 0; sample < batch.size(); sample++) {
            for (int table = 0; table < 4; table++) {
                for (int c = 0; c < DIM; c++) {
                    long at = pooled.offset(table) + (long) sample * pooled.stride(table) + c;
                    float gradient = Clicks.gradient(table, batch.from() + sample, c)
                            + pooled.values().get(at);
                    pooled.gradients().set(at, gradient / size);
                }
            }
        }
        Pending gradients = tables.startUpdate(batch);
        gradients.await();
        gradients.await(); // a second time does nothing
        tables.update(0.3f);
    }

    @Test
    void aWarmStepOfOneRankAllocatesNothing() {
        LocalWorld.run(1, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables = tables(communicator, OptimizerKind.ADAGRAD, memory)) {
                Batch batch = batch(communicator, memory);
                Clicks.fill(batch, SCHEMA, MAX_BATCH, 1);
                long least = Long.MAX_VALUE;
                var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
                for (int attempt = 0; attempt < 200 && least > 0; attempt++) { // until the compiler is done
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int i = 0; i < 100; i++) {
                        tables.startLookup(batch).await();
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
                    ShardedTables tables = tables(communicator, OptimizerKind.SGD, memory)) {
                Batch batch = batch(communicator, memory);
                Clicks.fill(batch, SCHEMA, 4, 1);
                Pending lookup = tables.startLookup(batch);
                assertThatThrownBy(() -> tables.startUpdate(batch))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("update started before the last lookup was awaited");
                lookup.await();
                batch.globalSize(5);
                assertThatThrownBy(() -> tables.startUpdate(batch))
                        .hasMessage("update of a batch of 5 samples, want the one looked up, of 4");
                assertThatThrownBy(() -> tables.startLookup(batch))
                        .hasMessage("table 0: ids of 4 samples, want 5, the global batch");
                batch.globalSize(4);
                tables.startLookup(batch).await();
                assertThatThrownBy(() -> tables.update(1))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("rows moved before their gradients were sent");
                Pending gradients = tables.startUpdate(batch);
                assertThatThrownBy(() -> tables.update(1)).hasMessage("rows moved before their gradients were awaited");
                gradients.await();
                assertThatThrownBy(() -> tables.startLookup(batch))
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
                                SHAPE, SCHEMA, plan, new RowsOnly(), rule, communicator, MAX_BATCH, memory))
                        .hasMessage("sharding plan for 2 ranks, want 1, as there are");
            }
        });
    }

    private static ShardedTables tables(Communicator communicator, OptimizerKind kind, OffHeap memory) {
        ShardingPlan plan = ShardingPlanner.greedy(SHAPE, SCHEMA, communicator.size());
        UpdateRule rule = new UpdateRule(kind, 1e-10f);
        return ShardedTables.create(SHAPE, SCHEMA, plan, new RowsOnly(), rule, communicator, MAX_BATCH, memory);
    }

    private static Batch batch(Communicator communicator, OffHeap memory) {
        boolean[] wanted =
                ShardingPlanner.greedy(SHAPE, SCHEMA, communicator.size()).wantedIds(communicator.rank());
        return new Batch(memory, "batch", SCHEMA, MAX_BATCH, communicator.rank(), communicator.size(), wanted);
    }

    private static void initialise(ShardedTables tables, OffHeap memory) {
        for (Shard shard : tables.shards()) {
            float[] weights = initialWeights(shard.spec().table());
            shard.rows().writeWeights(0, shard.rows().rows(), Floats.of(memory, "initial", weights));
        }
    }
}
