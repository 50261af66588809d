package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;

/// What one rank gives to a checkpoint and takes from it: the dense part, equal on all ranks, and its own rows.
///
/// @param shape the model
/// @param tableRule update rule of the tables, which decides what state a row has
/// @param mlpRule update rule of the dense part
/// @param dense weights and state of both MLPs
/// @param rows the rows this rank owns
public record Contents(DlrmShape shape, UpdateRule tableRule, UpdateRule mlpRule, DensePart dense, List<Rows> rows) {

    /// Neighbouring rows of one table on this rank.
    ///
    /// @param table number of the table
    /// @param firstRow row number of their first within the whole table
    /// @param part weights and state
    public record Rows(int table, long firstRow, EmbeddingTable part) {
        /// @return name of the tensor of these rows: `emb.3.weight[0:100]`
        String tensor() {
            return "emb.%d.weight[%d:%d]".formatted(table, firstRow, firstRow + part.rows());
        }
    }

    public Contents {
        rows = List.copyOf(rows);
    }
}
