package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import org.jspecify.annotations.Nullable;

/// Refuses values that are no finite numbers on their way into a checkpoint: who continues from it could not
/// learn any more, and the last good one would be deleted for it.
///
/// @param rank whose values they are
record FiniteGuard(int rank) {
    private static final DenseKernels KERNELS = DenseKernels.best();

    /// @param prefix of the parameters' names
    /// @param flat all parameters in the order of the shape; or none
    /// @throws CheckpointException that no further attempt can help, naming the parameter
    void check(DlrmShape shape, String prefix, Floats flat) {
        if (KERNELS.areFinite(flat)) {
            return;
        }
        long at = flat.firstNotFinite();
        for (Parameter parameter : shape.denseParameters()) {
            if (at >= parameter.offset() && at < parameter.offset() + parameter.count()) {
                throw refused(prefix + parameter.at(at), flat.get(at));
            }
        }
    }

    /// @param left gradients that are not sent yet
    /// @throws CheckpointException that no further attempt can help
    void checkLeft(Floats left) {
        if (!KERNELS.areFinite(left)) {
            long at = left.firstNotFinite();
            throw refused("gradient %d that dct has not sent yet".formatted(at), left.get(at));
        }
    }

    /// @param state whether the values are the optimizer's
    /// @param first row of the piece within `part`
    /// @param numbers of the piece's rows within `part`, from `first` on; null: they are neighbours
    /// @param width floats of a row
    /// @param piece rows, `[count, width]`
    /// @throws CheckpointException that no further attempt can help, naming table and row
    void check(RowSource part, boolean state, long first, long @Nullable [] numbers, int width, Floats piece) {
        if (KERNELS.areFinite(piece)) {
            return;
        }
        long at = piece.firstNotFinite();
        long row = first + at / width;
        long number = part.firstRow() + (numbers == null ? row : numbers[(int) row]);
        String what = state ? "the optimizer state of row %d of table %d" : "row %d of table %d";
        throw refused(what.formatted(number, part.table()), piece.get(at));
    }

    private CheckpointException refused(String what, float value) {
        return CheckpointException.beyondRepair(
                "rank %d: %s is %s, which no checkpoint may hold".formatted(rank, what, value));
    }
}
