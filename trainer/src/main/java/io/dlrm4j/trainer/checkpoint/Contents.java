package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What one rank gives to a checkpoint and takes from it: the dense part, equal on all ranks, and its own rows.
///
/// @param shape the model
/// @param tableRule update rule of the tables, which decides what state a row has
/// @param mlpRule update rule of the dense part
/// @param dense weights and state of both MLPs
/// @param left gradients of the MLPs that this rank has not sent yet, and their thresholds; none without `dct`
/// @param rows the rows this rank owns
/// @param copies rows that this rank holds as well, as copies of another's
public record Contents(
        DlrmShape shape,
        UpdateRule tableRule,
        UpdateRule mlpRule,
        DensePart dense,
        Floats left,
        List<Rows> rows,
        List<Rows> copies) {

    /// Neighbouring rows of one table on this rank.
    ///
    /// @param table number of the table
    /// @param firstRow row number of their first within the whole table
    /// @param columns which of their columns, or null: all
    /// @param part weights and state
    public record Rows(int table, long firstRow, @Nullable Columns columns, EmbeddingTable part) implements RowSource {
        @Override
        public long rows() {
            return part.rows();
        }

        @Override
        public int dim() {
            return part.dim();
        }

        @Override
        public int stateWidth() {
            return part.stateWidth();
        }

        @Override
        public void readWeights(long first, long count, Floats out) {
            part.readWeights(first, count, out);
        }

        @Override
        public void readState(long first, long count, Floats out) {
            part.readState(first, count, out);
        }
    }

    public Contents {
        rows = List.copyOf(rows);
        copies = List.copyOf(copies);
    }

    /// @return all rows this rank holds, which a checkpoint fills
    public List<Rows> held() {
        return Stream.concat(rows.stream(), copies.stream()).toList();
    }
}
