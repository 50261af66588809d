package io.dlrm4j.shards;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// The ids of one table that lie in a range of its rows: the bags of the samples that have any, in their order, with
/// row numbers counted from the start of the range.
final class RowSelection {
    private final int firstRow;
    private final int rows;
    private final Ints ids;
    private final @Nullable Ints starts;
    private final Bags bags;
    private final int[] ends;

    RowSelection(
            String name, Schema.Table column, long firstRow, long rows, int maxSamples, int ranks, OffHeap memory) {
        this.firstRow = Math.toIntExact(firstRow);
        this.rows = Math.toIntExact(rows);
        int room = rows == 0 ? 0 : maxSamples;
        this.ids = memory.ints(name + " ids here", (long) room * column.maxPooling());
        this.starts = column.oneHot() ? null : memory.ints(name + " starts here", room + 1L);
        this.bags = new Bags(ids, starts);
        this.ends = new int[ranks];
    }

    /// Selects from the bags of a global batch.
    void select(Bags from, int samples) {
        int bag = 0;
        int id = 0;
        int sample = 0;
        for (int rank = 0; rank < ends.length; rank++) {
            for (int end = Partition.start(samples, ends.length, rank + 1); rows > 0 && sample < end; sample++) {
                int before = id;
                int last = from.start(sample + 1);
                for (int k = from.start(sample); k < last; k++) {
                    int row = from.ids().get(k) - firstRow;
                    if (row >= 0 && row < rows) {
                        ids.set(id++, row);
                    }
                }
                if (id > before) {
                    if (starts != null) {
                        starts.set(bag, before);
                    }
                    bag++;
                }
            }
            ends[rank] = bag;
        }
        if (starts != null) {
            starts.set(bag, id);
        }
        bags.count(bag);
    }

    /// @return the bags last selected
    Bags bags() {
        return bags;
    }

    /// @return how many of the bags belong to samples of ranks up to `rank`
    int end(int rank) {
        return ends[rank];
    }
}
