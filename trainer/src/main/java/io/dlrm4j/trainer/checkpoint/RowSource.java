package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.Floats;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Neighbouring rows of one table that can be read in pieces: those of a rank in training, or those of a checkpoint.
interface RowSource {
    /// @return number of the table
    int table();

    /// @return row number of the first within the whole table
    long firstRow();

    /// @return how many
    long rows();

    /// @return which columns of them; null: all
    @Nullable
    Columns columns();

    /// @return floats of a row
    int dim();

    /// @return floats of optimizer state a row
    int stateWidth();

    /// Copies weights of `count` rows into `out`, `[count, dim]`.
    ///
    /// @param first counted from [#firstRow]
    void readWeights(long first, long count, Floats out) throws IOException;

    /// Copies optimizer state of `count` rows into `out`, `[count, stateWidth]`.
    ///
    /// @param first counted from [#firstRow]
    void readState(long first, long count, Floats out) throws IOException;

    /// @return name of the tensor of these rows: `emb.3.weight[0:100]`, of some columns `emb.3.weight[0:100,8:16]`
    default String tensor() {
        return tensor(table(), firstRow(), rows(), columns());
    }

    /// @return name of the tensor of such rows
    static String tensor(int table, long firstRow, long rows, @Nullable Columns columns) {
        String cut = columns == null ? "" : ",%d:%d".formatted(columns.first(), columns.end());
        return "emb.%d.weight[%d:%d%s]".formatted(table, firstRow, firstRow + rows, cut);
    }
}
