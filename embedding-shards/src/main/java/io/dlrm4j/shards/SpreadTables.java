package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.OffHeap;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Tables that do not lie on one rank each, as part of a step of [ShardedTables]: called in this order, the same on all
/// ranks.
interface SpreadTables {
    /// Makes all of a rank. Their vectors lie behind those of the exchange of table-wise tables, `[own samples, such
    /// tables, d]`.
    ///
    /// @param kind of the update rule
    /// @param shards all shards of this rank
    /// @param pooled where vectors go to and gradients come from; told where those of these tables lie
    static SpreadTables[] of(
            ShardingPlan plan,
            Schema schema,
            OptimizerKind kind,
            List<Shard> shards,
            PooledVectors pooled,
            int dim,
            ExchangeFormat format,
            Communicator communicator,
            int maxGlobalBatch,
            OffHeap memory) {
        List<SpreadTables> made = new ArrayList<>();
        List<Shard> copies = new ArrayList<>();
        int count = (int) IntStream.range(0, pooled.tables())
                .filter(table -> !plan.isWhole(table))
                .count();
        long before = (long) Partition.maxSize(maxGlobalBatch, plan.ranks()) * (pooled.tables() - count) * dim;
        int place = 0;
        for (int table = 0; table < pooled.tables(); table++) {
            if (plan.isWhole(table)) {
                continue;
            }
            pooled.place(table, before + (long) place++ * dim, count * dim);
            Shard shard = shardOf(shards, table);
            switch (plan.placements().get(table)) {
                case TableWise _ -> {}
                case ColumnWise columnWise ->
                    made.add(new ColumnWiseTable(
                            table,
                            schema.tables().get(table),
                            columnWise,
                            shard,
                            kind,
                            pooled,
                            dim,
                            format,
                            communicator,
                            maxGlobalBatch,
                            memory));
                case DataParallel() -> copies.add(Objects.requireNonNull(shard));
                case RowWise rowWise ->
                    made.add(new RowWiseTable(
                            table,
                            schema.tables().get(table),
                            rowWise,
                            shard,
                            pooled,
                            dim,
                            format,
                            communicator,
                            maxGlobalBatch,
                            memory));
            }
        }
        if (!copies.isEmpty()) {
            made.add(new ReplicatedTables(copies, schema, pooled, dim, communicator, maxGlobalBatch, memory));
        }
        return made.toArray(SpreadTables[]::new);
    }

    private static @Nullable Shard shardOf(List<Shard> shards, int table) {
        return shards.stream()
                .filter(shard -> shard.spec().table() == table)
                .findFirst()
                .orElse(null);
    }

    /// Gathers what lies here and starts to send it.
    ///
    /// @param exact as for [ShardedTables#startLookup]
    void startLookup(Batch batch, boolean exact);

    /// Waits for the vectors of this rank's samples and pools them.
    void finishLookup();

    /// Starts to send the gradients of this rank's samples.
    void startUpdate(Batch batch);

    /// Waits for the gradients of the rows that lie here.
    void finishUpdate();

    /// Moves the rows that lie here.
    ///
    /// @return whether all that was written is finite
    boolean moveRows(float learningRate);
}
