package io.dlrm4j.core.data;

import java.util.List;

/// The columns of a data set.
///
/// @param denseFeatures number of dense features
/// @param tables the categorical columns, each the input of one embedding table
public record Schema(int denseFeatures, List<Table> tables) {
    /// One categorical column.
    ///
    /// @param name as printed: `C14`
    /// @param rows ids are in `[0, rows)`
    /// @param maxPooling most ids one sample may have in this column; 1: exactly one in each sample
    public record Table(String name, long rows, int maxPooling) {
        public Table {
            if (rows < 1) {
                throw new IllegalArgumentException("table %s: rows=%d, want 1 or more".formatted(name, rows));
            }
            if (maxPooling < 1) {
                throw new IllegalArgumentException(
                        "table %s: maxPooling=%d, want 1 or more".formatted(name, maxPooling));
            }
        }

        /// @return whether each sample has exactly one id
        public boolean oneHot() {
            return maxPooling == 1;
        }
    }

    public Schema {
        if (denseFeatures < 0) {
            throw new IllegalArgumentException("schema: denseFeatures=%d, want 0 or more".formatted(denseFeatures));
        }
        tables = List.copyOf(tables);
    }
}
