package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
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
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All data-parallel tables: every rank looks up its own samples in its own copies, and moves all copies alike.
///
/// The rows of a global batch are numbered in the order in which they first occur, the same on all ranks because all
/// have its ids. So only gradients of rows that occur are summed over the ranks, `[rows that occur, d]` in one
/// all-reduce for all tables together, and each row moves once, by the sum, on every rank: copies stay equal to the
/// bit.
final class ReplicatedTables implements SpreadTables {
    /// Lengths are rounded up to this, so that views of all of them can be kept.
    private static final int STEP_FLOATS = 4_096;

    private final Communicator communicator;
    private final RowKernels kernels;
    private final PooledVectors pooled;
    private final int dim;
    private final List<Copy> copies;
    private final Floats gradients;
    private final @Nullable Floats[] views;
    private Pending sum = Pending.DONE;

    ReplicatedTables(
            List<Shard> shards,
            Schema schema,
            PooledVectors pooled,
            int dim,
            Communicator communicator,
            int maxGlobalBatch,
            OffHeap memory) {
        this.communicator = communicator;
        this.kernels = RowKernels.best();
        this.pooled = pooled;
        this.dim = dim;
        this.copies = new ArrayList<>();
        long most = 0;
        for (Shard shard : shards) {
            Schema.Table column = schema.tables().get(shard.spec().table());
            Copy copy = new Copy(shard, column, maxGlobalBatch, communicator.size(), memory);
            copies.add(copy);
            most += copy.mostRows;
        }
        int steps = Math.toIntExact(Math.ceilDiv(most * dim, STEP_FLOATS));
        this.gradients = memory.sharedFloats("gradients of data-parallel tables", (long) steps * STEP_FLOATS);
        this.views = new Floats[steps + 1];
    }

    @Override
    public void startLookup(Batch batch, boolean exact) {
        for (Copy copy : copies) {
            Bags all = ShardedTables.bags(batch, copy.table());
            BagChecks.requireRows(copy.name, all, (int) copy.shard.rows().rows(), kernels);
            copy.takeOwnSamples(batch, all);
            int table = copy.table();
            copy.shard.rows().pool(copy.own, pooled.values(), pooled.offset(table), pooled.stride(table));
        }
    }

    @Override
    public void finishLookup() {}

    @Override
    public void startUpdate(Batch batch) {
        long rows = 0;
        for (Copy copy : copies) {
            copy.firstRow = rows;
            rows += copy.numberRows(batch);
        }
        Floats used = view(rows * dim);
        used.fill(0);
        for (Copy copy : copies) {
            addGradients(copy);
        }
        sum = communicator.allReduce(Lane.BACKWARD, used);
    }

    private Floats view(long floats) {
        int steps = (int) Math.ceilDiv(floats, STEP_FLOATS);
        Floats view = views[steps];
        if (view == null) {
            view = gradients.slice(0, (long) steps * STEP_FLOATS);
            views[steps] = view;
        }
        return view;
    }

    private void addGradients(Copy copy) {
        int table = copy.table();
        for (int s = 0; s < copy.own.count(); s++) {
            long gradient = pooled.offset(table) + (long) s * pooled.stride(table);
            int end = copy.own.start(s + 1);
            for (int k = copy.own.start(s); k < end; k++) {
                long row = copy.firstRow + copy.numberOf.get(copy.own.ids().get(k));
                kernels.add(gradients, row * dim, pooled.gradients(), gradient, dim);
            }
        }
    }

    @Override
    public void finishUpdate() {
        sum.await();
    }

    @Override
    public boolean moveRows(float learningRate) {
        boolean finite = true;
        for (Copy copy : copies) {
            finite &= copy.shard.rows().update(copy.occurring, gradients, copy.firstRow * dim, dim, learningRate);
        }
        return finite;
    }

    /// One table, and what of it the batch at hand needs.
    private static final class Copy {
        private static final int NONE = -1;

        private final Shard shard;
        private final String name;
        private final int mostRows;
        private final Ints numberOf; // [rows], NONE: does not occur
        private final Bags occurring; // row numbers by their number
        private final Bags own; // of this rank's samples
        private long firstRow; // of this table's in the sums

        Copy(Shard shard, Schema.Table column, int maxGlobalBatch, int ranks, OffHeap memory) {
            this.shard = shard;
            this.name = "table " + shard.spec().table();
            long ids = Math.multiplyExact((long) maxGlobalBatch, column.maxPooling());
            this.mostRows = (int) Math.min(column.rows(), ids);
            this.numberOf = memory.ints(name + " numbers", column.rows());
            numberOf.segment().fill((byte) NONE);
            this.occurring = new Bags(memory.ints(name + " rows that occur", mostRows), null);
            long local = Partition.maxSize(maxGlobalBatch, ranks);
            this.own = new Bags(
                    memory.ints(name + " own ids", local * column.maxPooling()),
                    column.oneHot() ? null : memory.ints(name + " own starts", local + 1));
        }

        int table() {
            return shard.spec().table();
        }

        void takeOwnSamples(Batch batch, Bags all) {
            int first = all.start(batch.from());
            int end = all.start(batch.from() + batch.size());
            MemorySegment.copy(
                    all.ids().segment(),
                    (long) first * Integer.BYTES,
                    own.ids().segment(),
                    0,
                    (long) (end - first) * Integer.BYTES);
            Ints starts = own.starts();
            for (int s = 0; starts != null && s <= batch.size(); s++) {
                starts.set(s, all.start(batch.from() + s) - first);
            }
            own.count(batch.size());
        }

        /// @return how many rows occur
        int numberRows(Batch batch) {
            for (int k = 0; k < occurring.count(); k++) {
                numberOf.set(occurring.ids().get(k), NONE);
            }
            int rows = 0;
            Bags all = batch.bags(table());
            for (int k = 0; k < all.idCount(); k++) {
                int id = all.ids().get(k);
                if (numberOf.get(id) == NONE) {
                    numberOf.set(id, rows);
                    occurring.ids().set(rows++, id);
                }
            }
            occurring.count(rows);
            return rows;
        }
    }
}
