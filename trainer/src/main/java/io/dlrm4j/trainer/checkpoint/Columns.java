package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.TableShard;
import org.jspecify.annotations.Nullable;

/// Neighbouring columns of a table.
///
/// @param first number of the first
/// @param count how many
public record Columns(int first, int count) {
    /// @return the columns of a shard, or null when its rows are whole
    static @Nullable Columns of(TableShard shard) {
        return shard.hasColumns() ? new Columns(shard.getFirstColumn(), shard.getColumns()) : null;
    }

    /// @return the columns of a shard of a table that has the columns `whole`; where that is one number a row, which
    ///     every part of the columns comes with, the part that has the first column counts
    static Columns of(TableShard shard, Columns whole) {
        Columns some = of(shard);
        if (some == null) {
            return whole;
        }
        if (whole.count > 1) {
            return some;
        }
        return some.first == 0 ? whole : new Columns(0, 0);
    }

    /// @return one column behind the last
    int end() {
        return first + count;
    }

    /// @return the columns that are in both, perhaps none
    Columns both(Columns other) {
        int from = Math.max(first, other.first);
        return new Columns(from, Math.max(0, Math.min(end(), other.end()) - from));
    }
}
