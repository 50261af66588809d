package io.dlrm4j.shards;

/// The rows of one table in blocks of equal size, one block a rank, on neighbouring ranks; with the ranks of one host
/// only, this is called table-row-wise.
///
/// @param firstRank the owner of the first block
/// @param ranks number of blocks; the last ones of a small table may be empty
public record RowWise(int firstRank, int ranks) implements Placement {
    /// @return rows of a full block of a table of `rows` rows
    long block(long rows) {
        return Math.ceilDiv(rows, (long) ranks);
    }

    /// @return the part of table `table` of `rows` rows that `rank` holds, perhaps without rows
    ShardSpec shard(int rank, int table, long rows, int columns) {
        int number = rank - firstRank;
        boolean here = number >= 0 && number < ranks;
        long first = here ? Math.min(rows, number * block(rows)) : rows;
        long count = here ? Math.min(rows - first, block(rows)) : 0;
        return new ShardSpec(table, first, count, 0, columns);
    }

    /// As printed in a plan.
    @Override
    public String toString() {
        return "row-wise on ranks %d to %d".formatted(firstRank, firstRank + ranks - 1);
    }
}
