package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.kernel.BagChecks;
import io.dlrm4j.core.kernel.RowKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One table whose rows are split over ranks.
///
/// Each owner sums the rows it holds of a sample, and sends that partial sum only if it holds any. Of a one-hot table
/// that is sending owned rows; where bags are long, so that every owner has rows of every sample, it is a
/// reduce-scatter of partial sums; in between it is chosen sample by sample, and takes at most what the cheaper of the
/// two would: as many vectors as there are ids or as there are owners, whichever is less. Every rank has the ids of all
/// samples, so all know who sends what, and nothing is agreed on.
///
/// Drawn for 4 samples on 2 ranks, bags of two ids; `a` are partial sums of rank 0, `b` of rank 1:
///
/// ```
/// owner's side    rank 0  a0 a1 | a3          sample 2 has no rows there, sample 0 none on rank 1
///                 rank 1  b1 | b2 b3
/// sample's side   rank 0  a0 a1 | b1          pooled: a0, a1 + b1
///                 rank 1  a3 | b2 b3          pooled: b2, a3 + b3 (in the order of the bag)
/// ```
///
/// Gradients go back over the same places: a sample's gradient to each owner that has rows of it.
final class RowWiseTable implements SpreadTables {
    private final RowKernels kernels;
    private final PooledVectors pooled;
    private final int table;
    private final String name;
    private final int dim;
    private final RowWise placement;
    private final int rows;
    private final int block;
    private final @Nullable Shard shard;
    private final RowSelection held; // of the samples that have rows here
    private final Floats heldVectors; // partial sums, then gradients, `[held, d]`
    private final Floats pieces; // of this rank's samples: partial sums, then gradients, `[pieces, d]`
    private final Ints pieceOf; // for each sample, where its pieces lie
    private final @Nullable Ints pieceStarts;
    private final int[] lastSample; // for each owner, the last sample it was seen in
    private final int[] next; // for each rank, its next piece
    private final long[] ownerSide;
    private final long[] sampleSide;
    private final VectorExchange wire;
    private Pending exchange = Pending.DONE;
    private int samples;

    /// @param shard what lies here, or null
    /// @param pooled where vectors go to and gradients come from
    RowWiseTable(
            int table,
            Schema.Table column,
            RowWise placement,
            @Nullable Shard shard,
            PooledVectors pooled,
            int dim,
            ExchangeFormat format,
            Communicator communicator,
            int maxGlobalBatch,
            OffHeap memory) {
        this.kernels = RowKernels.best();
        this.pooled = pooled;
        this.table = table;
        this.dim = dim;
        this.placement = placement;
        this.rows = Math.toIntExact(column.rows());
        this.block = Math.toIntExact(placement.block(column.rows()));
        this.shard = shard;
        this.name = "table " + table;
        int ranks = communicator.size();
        long first = shard == null ? 0 : shard.spec().firstRow();
        long rowsHere = shard == null ? 0 : shard.spec().rows();
        this.held = new RowSelection(name, column, first, rowsHere, maxGlobalBatch, ranks, memory);
        this.heldVectors = memory.sharedFloats(name + " partial sums", shard == null ? 0 : (long) maxGlobalBatch * dim);
        int local = Partition.maxSize(maxGlobalBatch, ranks);
        long most = Math.multiplyExact(local, Math.min(column.maxPooling(), placement.ranks()));
        this.pieces = memory.sharedFloats(name + " pieces", most * dim);
        this.pieceOf = memory.ints(name + " places of pieces", most);
        this.pieceStarts = column.oneHot() ? null : memory.ints(name + " first pieces", local + 1L);
        this.lastSample = new int[placement.ranks()];
        this.next = new int[ranks];
        this.ownerSide = new long[ranks + 1];
        this.sampleSide = new long[ranks + 1];
        int[] widths = new int[ranks];
        Arrays.fill(widths, dim);
        this.wire = new VectorExchange(
                name, format, dim, widths, heldVectors.length(), pieces.length(), communicator, memory);
    }

    @Override
    public void startLookup(Batch batch, boolean exact) {
        Bags bags = ShardedTables.bags(batch, table);
        BagChecks.requireRows(name, bags, rows, kernels);
        held.select(bags, batch.globalSize());
        if (shard != null && held.bags().count() > 0) {
            shard.rows().pool(held.bags(), heldVectors, 0, dim);
        }
        samples = batch.size();
        layPieces(bags, batch.from());
        for (int r = 0; r < next.length; r++) {
            ownerSide[r + 1] = bytes(held.end(r));
        }
        exchange = wire.forward(heldVectors, ownerSide, pieces, sampleSide, exact);
    }

    /// Finds out which pieces of which samples come from whom: rank by rank, and of each rank in the order of samples.
    private void layPieces(Bags bags, int from) {
        Arrays.fill(next, 0);
        Arrays.fill(lastSample, -1);
        int count = 0;
        for (int s = 0; s < samples; s++) {
            if (pieceStarts != null) {
                pieceStarts.set(s, count);
            }
            int end = bags.start(from + s + 1);
            for (int k = bags.start(from + s); k < end; k++) {
                int owner = bags.ids().get(k) / block;
                if (lastSample[owner] != s) {
                    lastSample[owner] = s;
                    pieceOf.set(count++, placement.firstRank() + owner);
                    next[placement.firstRank() + owner]++;
                }
            }
        }
        if (pieceStarts != null) {
            pieceStarts.set(samples, count);
        }
        int before = 0;
        for (int r = 0; r < next.length; r++) {
            int here = next[r];
            next[r] = before;
            before += here;
            sampleSide[r + 1] = bytes(before);
        }
        for (int piece = 0; piece < count; piece++) {
            pieceOf.set(piece, next[pieceOf.get(piece)]++);
        }
    }

    private long bytes(int vectors) {
        return (long) vectors * dim * Float.BYTES;
    }

    @Override
    public void finishLookup() {
        exchange.await();
        kernels.pool(
                pieces,
                dim,
                pieceOf,
                pieceStarts,
                samples,
                pooled.values(),
                pooled.offset(table),
                pooled.stride(table));
    }

    @Override
    public void startUpdate(Batch batch) {
        for (int s = 0; s < samples; s++) {
            long gradient = pooled.offset(table) + (long) s * pooled.stride(table);
            int end = pieceStarts == null ? s + 1 : pieceStarts.get(s + 1);
            for (int k = pieceStarts == null ? s : pieceStarts.get(s); k < end; k++) {
                kernels.copy(pieces, (long) pieceOf.get(k) * dim, pooled.gradients(), gradient, dim);
            }
        }
        exchange = wire.backward(pieces, sampleSide, heldVectors, ownerSide);
    }

    @Override
    public void finishUpdate() {
        exchange.await();
    }

    @Override
    public boolean moveRows(float learningRate) {
        return shard == null
                || held.bags().count() == 0
                || shard.rows().update(held.bags(), heldVectors, 0, dim, learningRate);
    }
}
