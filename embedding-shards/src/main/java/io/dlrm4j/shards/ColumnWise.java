package io.dlrm4j.shards;

import io.dlrm4j.core.data.Partition;
import java.util.List;
import java.util.Set;

/// The columns of one table in runs of nearly equal width, one run a rank: each rank looks up all ids and pools its
/// part of the vectors.
///
/// @param owners owner of each run, from the first column on; no rank twice
public record ColumnWise(List<Integer> owners) implements Placement {
    public ColumnWise {
        owners = List.copyOf(owners);
        if (owners.isEmpty() || Set.copyOf(owners).size() != owners.size()) {
            throw new IllegalArgumentException("columns on ranks %s, want one or more, each once".formatted(owners));
        }
    }

    /// @return the part of table `table` that `rank` holds, perhaps without columns
    ShardSpec shard(int rank, int table, long rows, int dim) {
        int run = owners.indexOf(rank);
        return run < 0
                ? new ShardSpec(table, 0, rows, dim, 0)
                : new ShardSpec(table, 0, rows, firstColumn(run, dim), width(run, dim));
    }

    /// @return the first column of a run of `dim` columns
    int firstColumn(int run, int dim) {
        return Partition.start(dim, owners.size(), run);
    }

    /// @return columns of a run
    int width(int run, int dim) {
        return Partition.size(dim, owners.size(), run);
    }

    /// As printed in a plan.
    @Override
    public String toString() {
        return "column-wise on ranks " + owners;
    }
}
