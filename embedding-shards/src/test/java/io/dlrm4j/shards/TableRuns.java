package io.dlrm4j.shards;

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
import java.util.List;
import java.util.function.IntFunction;

/// Four small tables and some steps with them, on any number of ranks and by any plan.
final class TableRuns {
    static final int DIM = 5;
    static final int MAX_BATCH = 19;
    /// More than ranks, fewer than ranks, one sample, uneven, the largest, again small: buffers are reused.
    static final int[] BATCHES = {8, 3, 1, 17, MAX_BATCH, 2};

    static final Schema SCHEMA = new Schema(
            1,
            List.of(
                    new Schema.Table("A", 11, 1),
                    new Schema.Table("B", 1, 1),
                    new Schema.Table("C", 7, 4),
                    new Schema.Table("D", 300, 3)));
    static final DlrmShape SHAPE =
            Shapes.of(DIM, SCHEMA.tables().stream().map(Schema.Table::rows).toList());

    private TableRuns() {}

    static float[] initialWeights(int table) {
        float[] weights = new float[(int) SCHEMA.tables().get(table).rows() * DIM];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Clicks.weight(table, i / DIM, i % DIM);
        }
        return weights;
    }

    /// Weights, then optimizer state, of each table; of copies, those of the last rank.
    static float[][] weightsAndState(int ranks, OptimizerKind kind, IntFunction<ShardingPlan> plan) {
        return weightsAndState(ranks, kind, plan, ExchangeFormat.EXACT);
    }

    static float[][] weightsAndState(
            int ranks, OptimizerKind kind, IntFunction<ShardingPlan> plan, ExchangeFormat format) {
        float[][] ends = new float[8][];
        for (int table = 0; table < 4; table++) {
            ends[table] = new float[initialWeights(table).length];
            ends[4 + table] = new float[initialWeights(table).length / DIM * stateWidth(kind)];
        }
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("rank");
                    ShardedTables tables = tables(communicator, plan, kind, format, memory)) {
                initialise(tables, memory);
                Batch batch = batch(communicator, plan, memory);
                for (int size : BATCHES) {
                    step(tables, batch, size);
                }
                for (Shard shard : tables.shards()) {
                    read(shard, ends, memory);
                }
            }
        });
        return ends;
    }

    private static int stateWidth(OptimizerKind kind) {
        return switch (kind) {
            case SGD -> 0;
            case ROW_WISE_ADAGRAD -> 1;
            case ADAGRAD -> DIM;
        };
    }

    /// Different rows and columns of different ranks; copies are read in turn, whichever rank comes last.
    private static void read(Shard shard, float[][] ends, OffHeap memory) {
        EmbeddingTable rows = shard.rows();
        ShardSpec spec = shard.spec();
        Floats weights = memory.floats("weights", rows.rows() * rows.dim());
        Floats state = memory.floats("state", rows.rows() * rows.stateWidth());
        rows.readWeights(0, rows.rows(), weights);
        rows.readState(0, rows.rows(), state);
        join(weights.toArray(), spec, ends[spec.table()], DIM);
        int width = ends[4 + spec.table()].length * DIM / initialWeights(spec.table()).length;
        if (width == DIM) {
            join(state.toArray(), spec, ends[4 + spec.table()], DIM);
        } else {
            System.arraycopy(
                    state.toArray(), 0, ends[4 + spec.table()], (int) spec.firstRow() * width, (int) state.length());
        }
    }

    private static void join(float[] part, ShardSpec spec, float[] table, int width) {
        for (int row = 0; row < spec.rows(); row++) {
            int at = ((int) spec.firstRow() + row) * width + spec.firstColumn();
            System.arraycopy(part, row * spec.columns(), table, at, spec.columns());
        }
    }

    /// The gradient depends on sample and table alone, and on the pooled vector, so that an error there shows too.
    static void step(ShardedTables tables, Batch batch, int size) {
        Clicks.fill(batch, SCHEMA, size, size);
        tables.startLookup(batch, false).await();
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

    static ShardedTables tables(
            Communicator communicator, IntFunction<ShardingPlan> plan, OptimizerKind kind, OffHeap memory) {
        return tables(communicator, plan, kind, ExchangeFormat.EXACT, memory);
    }

    static ShardedTables tables(
            Communicator communicator,
            IntFunction<ShardingPlan> plan,
            OptimizerKind kind,
            ExchangeFormat format,
            OffHeap memory) {
        UpdateRule rule = new UpdateRule(kind, 1e-10f);
        ShardingPlan made = plan.apply(communicator.size());
        return ShardedTables.create(SHAPE, SCHEMA, made, new RowsOnly(), rule, format, communicator, MAX_BATCH, memory);
    }

    static Batch batch(Communicator communicator, IntFunction<ShardingPlan> plan, OffHeap memory) {
        boolean[] wanted = plan.apply(communicator.size()).wantedIds(communicator.rank());
        return new Batch(memory, "batch", SCHEMA, MAX_BATCH, communicator.rank(), communicator.size(), wanted);
    }

    static void initialise(ShardedTables tables, OffHeap memory) {
        for (Shard shard : tables.shards()) {
            ShardSpec spec = shard.spec();
            float[] weights = new float[(int) spec.rows() * spec.columns()];
            for (int i = 0; i < weights.length; i++) {
                int row = (int) spec.firstRow() + i / spec.columns();
                weights[i] = Clicks.weight(spec.table(), row, spec.firstColumn() + i % spec.columns());
            }
            shard.rows().writeWeights(0, spec.rows(), Floats.of(memory, "initial", weights));
        }
    }
}
