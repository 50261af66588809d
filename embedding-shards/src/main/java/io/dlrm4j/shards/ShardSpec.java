package io.dlrm4j.shards;

import io.dlrm4j.core.engine.UpdateRule;

/// Which rectangle of which table one rank holds.
///
/// @param table number of the table
/// @param firstRow first row of the table in this shard
/// @param rows number of rows
/// @param firstColumn first column of the table in this shard
/// @param columns number of columns
public record ShardSpec(int table, long firstRow, long rows, int firstColumn, int columns) {
    /// @return bytes of weights and optimizer state
    public long bytes(UpdateRule rule) {
        long width = switch (rule.kind()) {
            case SGD -> columns;
            case ROW_WISE_ADAGRAD -> columns + 1L;
            case ADAGRAD -> 2L * columns;
        };
        return rows * width * Float.BYTES;
    }
}
