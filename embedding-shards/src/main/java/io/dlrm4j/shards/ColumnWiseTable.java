package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.kernel.RowKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One table whose columns are split over ranks: each owner pools its columns for all samples, and the rank of a sample
/// joins them.
///
/// Drawn for 3 samples on 2 ranks, `a` the columns of rank 0, `b` those of rank 1:
///
/// ```
/// owner's side    rank 0  a0 | a1 a2        [samples, columns here], cut by sample
///                 rank 1  b0 | b1 b2
/// sample's side   rank 1  a1 a2 | b1 b2     [own samples, columns of r] for each owner r; joined: a1b1 a2b2
/// ```
///
/// Row-wise Adagrad needs the squares of whole rows, so owners exchange those of their columns before rows move
/// ([ColumnAdagrad], [RowSquares]): one float for each row of the batch and each other owner.
final class ColumnWiseTable implements SpreadTables {
    private final Communicator communicator;
    private final RowKernels kernels;
    private final PooledVectors pooled;
    private final int table;
    private final int dim;
    private final ColumnWise placement;
    private final @Nullable Shard shard;
    private final Floats columnsHere; // vectors, then gradients
    private final Floats pieces; // of this rank's samples: vectors, then gradients
    private final int[] owners; // of each run of columns
    private final int[] widthOf; // columns of each rank
    private final long[] ownerSide;
    private final long[] sampleSide;
    private final @Nullable RowSquares squares; // null: columns move by themselves
    private final VectorExchange wire;
    private Pending exchange = Pending.DONE;
    private @Nullable Bags bags; // of the update
    private int samples;

    /// @param column of the data
    /// @param shard what lies here, or null
    /// @param kind of the update rule
    /// @param pooled where vectors go to and gradients come from
    ColumnWiseTable(
            int table,
            Schema.Table column,
            ColumnWise placement,
            @Nullable Shard shard,
            OptimizerKind kind,
            PooledVectors pooled,
            int dim,
            ExchangeFormat format,
            Communicator communicator,
            int maxGlobalBatch,
            OffHeap memory) {
        this.communicator = communicator;
        this.kernels = RowKernels.best();
        this.pooled = pooled;
        this.table = table;
        this.dim = dim;
        this.placement = placement;
        this.shard = shard;
        int width = shard == null ? 0 : shard.spec().columns();
        int ranks = communicator.size();
        this.columnsHere = memory.sharedFloats("table " + table + " columns here", (long) maxGlobalBatch * width);
        this.pieces = memory.sharedFloats(
                "table " + table + " pieces", (long) Partition.maxSize(maxGlobalBatch, ranks) * dim);
        this.owners = placement.owners().stream().mapToInt(Integer::intValue).toArray();
        this.widthOf = new int[ranks];
        for (int run = 0; run < owners.length; run++) {
            widthOf[owners[run]] = placement.width(run, dim);
        }
        long ids = Math.multiplyExact((long) maxGlobalBatch, column.maxPooling());
        this.squares = kind == OptimizerKind.ROW_WISE_ADAGRAD
                ? new RowSquares(
                        "table " + table,
                        placement.owners(),
                        shard == null ? 0 : Math.min(column.rows(), ids),
                        communicator,
                        memory)
                : null;
        this.ownerSide = new long[ranks + 1];
        this.sampleSide = new long[ranks + 1];
        int least = IntStream.of(widthOf).filter(columns -> columns > 0).min().orElse(dim);
        this.wire = new VectorExchange(
                "table " + table, format, least, widthOf, columnsHere.length(), pieces.length(), communicator, memory);
    }

    @Override
    public void startLookup(Batch batch, boolean exact) {
        samples = batch.size();
        int width = 0;
        if (shard != null) {
            width = shard.spec().columns();
            shard.rows().pool(ShardedTables.bags(batch, table), columnsHere, 0, width);
        }
        int ranks = communicator.size();
        for (int r = 0; r < ranks; r++) {
            ownerSide[r + 1] = (long) Partition.start(batch.globalSize(), ranks, r + 1) * width * Float.BYTES;
            sampleSide[r + 1] = sampleSide[r] + (long) samples * widthOf[r] * Float.BYTES;
        }
        exchange = wire.forward(columnsHere, ownerSide, pieces, sampleSide, exact);
    }

    @Override
    public void finishLookup() {
        exchange.await();
        for (int run = 0; run < owners.length; run++) {
            long piece = sampleSide[owners[run]] / Float.BYTES;
            long vector = pooled.offset(table) + placement.firstColumn(run, dim);
            int width = placement.width(run, dim);
            for (int s = 0; s < samples; s++) {
                long to = vector + (long) s * pooled.stride(table);
                kernels.copy(pooled.values(), to, pieces, piece + (long) s * width, width);
            }
        }
    }

    @Override
    public void startUpdate(Batch batch) {
        for (int run = 0; run < owners.length; run++) {
            long piece = sampleSide[owners[run]] / Float.BYTES;
            long gradient = pooled.offset(table) + placement.firstColumn(run, dim);
            int width = placement.width(run, dim);
            for (int s = 0; s < samples; s++) {
                long from = gradient + (long) s * pooled.stride(table);
                kernels.copy(pieces, piece + (long) s * width, pooled.gradients(), from, width);
            }
        }
        exchange = wire.backward(pieces, sampleSide, columnsHere, ownerSide);
        bags = shard == null ? null : ShardedTables.bags(batch, table);
    }

    @Override
    public void finishUpdate() {
        exchange.await();
        if (squares != null) {
            squares.start(
                    shard != null && shard.rows() instanceof ColumnAdagrad rows
                            ? rows.sum(Objects.requireNonNull(bags), columnsHere, squares.here())
                            : 0);
        }
    }

    @Override
    public boolean moveRows(float learningRate) {
        if (squares != null) {
            Floats whole = squares.await();
            return shard == null || !(shard.rows() instanceof ColumnAdagrad rows) || rows.move(whole, learningRate);
        }
        return shard == null
                || bags == null
                || shard.rows().update(bags, columnsHere, 0, shard.spec().columns(), learningRate);
    }
}
