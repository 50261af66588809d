package io.dlrm4j.core.data;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// What one rank needs of one global batch: dense features and labels of its own part of the samples, and the ids of
/// the tables it looks up for *all* samples.
///
/// Drawn for 5 samples on 2 ranks, tables A and C on rank 1:
///
/// ```
///              sample 0   1 | 2   3   4
/// rank 1 dense              | x   x   x      [3, denseFeatures]
/// rank 1 labels             | x   x   x      [3]
/// rank 1 A     x   x   x   x   x             5 bags
/// rank 1 B                                   absent
/// rank 1 C     x   x   x   x   x             5 bags
/// ```
///
/// Allocated once for the largest batch, then filled again and again by a [BatchSource].
public final class Batch {
    private final int rank;
    private final int ranks;
    private final int maxGlobalSize;
    private final Floats dense;
    private final Floats labels;
    private final @Nullable Bags[] bags;
    private int globalSize;

    /// @param owner owns the batch's memory
    /// @param name prefix of the allocations, as printed in the budget
    /// @param schema the columns
    /// @param maxGlobalSize samples of the largest global batch, over all ranks
    /// @param rank whose part of the samples
    /// @param ranks number of parts
    /// @param tables for each table whether its ids are wanted here
    public Batch(OffHeap owner, String name, Schema schema, int maxGlobalSize, int rank, int ranks, boolean[] tables) {
        if (maxGlobalSize < 1) {
            throw new IllegalArgumentException(
                    "batch %s: maxGlobalSize=%d, want 1 or more".formatted(name, maxGlobalSize));
        }
        this.rank = rank;
        this.ranks = ranks;
        this.maxGlobalSize = maxGlobalSize;
        int local = Partition.maxSize(maxGlobalSize, ranks);
        this.dense = owner.floats(name + " dense", (long) local * schema.denseFeatures());
        this.labels = owner.floats(name + " labels", local);
        this.bags = new Bags[schema.tables().size()];
        for (int t = 0; t < bags.length; t++) {
            if (tables[t]) {
                bags[t] = bags(owner, name, schema.tables().get(t), maxGlobalSize);
            }
        }
    }

    private static Bags bags(OffHeap owner, String name, Schema.Table table, int maxGlobalSize) {
        Ints ids = owner.ints(name + " ids", (long) maxGlobalSize * table.maxPooling());
        return new Bags(ids, table.oneHot() ? null : owner.ints(name + " starts", maxGlobalSize + 1L));
    }

    /// Sets the number of samples over all ranks; called by the source that fills the batch.
    public void globalSize(int samples) {
        if (samples < 1 || samples > maxGlobalSize) {
            throw new IllegalArgumentException("batch of %d samples, want 1 to %d".formatted(samples, maxGlobalSize));
        }
        this.globalSize = samples;
    }

    /// @return samples over all ranks
    public int globalSize() {
        return globalSize;
    }

    /// @return most samples over all ranks
    public int maxGlobalSize() {
        return maxGlobalSize;
    }

    /// @return this rank's first sample within the global batch
    public int from() {
        return Partition.start(globalSize, ranks, rank);
    }

    /// @return this rank's number of samples; may be 0
    public int size() {
        return Partition.size(globalSize, ranks, rank);
    }

    /// @return the dense features of this rank's samples, `[size, denseFeatures]`, with room for more
    public Floats dense() {
        return dense;
    }

    /// @return the labels of this rank's samples, `[size]`, with room for more
    public Floats labels() {
        return labels;
    }

    /// @return number of tables, wanted here or not
    public int tables() {
        return bags.length;
    }

    /// @return whether the ids of `table` are wanted here
    public boolean has(int table) {
        return bags[table] != null;
    }

    /// @return the ids of `table` for all samples of the global batch
    /// @throws IllegalStateException when they are not wanted on this rank
    public Bags bags(int table) {
        Bags found = bags[table];
        if (found == null) {
            throw new IllegalStateException("batch on rank %d: ids of table %d are not here".formatted(rank, table));
        }
        return found;
    }
}
