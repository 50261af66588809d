package io.dlrm4j.shards;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.cpu.RowGradients;
import io.dlrm4j.core.kernel.RowKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;

/// Some columns of the rows of a table under row-wise Adagrad, whose accumulator is of all columns of a row, also of
/// those on other ranks: `m += mean(g²)`, `w -= rate g / (sqrt(m) + eps)`.
///
/// An update is in two halves: [#sum] tells the squares of what lies here, [#move] takes those of whole rows. The
/// engine holds the weights and moves them as by SGD, by gradients that are scaled here; `m` is here, the same on every
/// owner. All owners have all ids, so they number the rows of a batch alike.
final class ColumnAdagrad implements EmbeddingTable {
    private final EmbeddingTable weights; // moved by SGD
    private final int dim;
    private final float eps;
    private final Floats meanSquares; // [rows]
    private final RowGradients gradients;
    private final Bags moved;

    /// @param name as printed
    /// @param weights of the columns here, with the update rule SGD
    /// @param dim columns of a whole row
    /// @param maxIds most ids of a global batch
    /// @param eps added to the root
    ColumnAdagrad(String name, EmbeddingTable weights, int dim, int maxIds, float eps, OffHeap memory) {
        this.weights = weights;
        this.dim = dim;
        this.eps = eps;
        this.meanSquares = memory.hugeFloats(name + " state", weights.rows());
        this.gradients = new RowGradients(name, weights.rows(), weights.dim(), maxIds, RowKernels.best(), memory);
        this.moved = new Bags(gradients.rows(), null);
    }

    /// Sums the gradients of each row that occurs.
    ///
    /// @param squares receives for each of them the sum of the squares of the columns here
    /// @return how many rows occur
    int sum(Bags bags, Floats vectors, Floats squares) {
        int width = weights.dim();
        gradients.sum(bags, vectors, 0, width);
        for (int row = 0; row < gradients.count(); row++) {
            float sum = 0;
            for (long at = (long) row * width, end = at + width; at < end; at++) {
                float g = gradients.sums().get(at);
                sum += g * g;
            }
            squares.set(row, sum);
        }
        moved.count(gradients.count());
        return gradients.count();
    }

    /// Moves the rows last summed.
    ///
    /// @param squares of whole rows, in the order of [#sum]
    /// @return whether all that was written is finite
    boolean move(Floats squares, float learningRate) {
        int width = weights.dim();
        boolean finite = true;
        for (int row = 0; row < moved.count(); row++) {
            long number = moved.ids().get(row);
            float m = meanSquares.get(number) + squares.get(row) / dim;
            meanSquares.set(number, m);
            finite &= Float.isFinite(m);
            float scale = 1 / ((float) Math.sqrt(m) + eps);
            for (long at = (long) row * width, end = at + width; at < end; at++) {
                gradients.sums().set(at, gradients.sums().get(at) * scale);
            }
        }
        return weights.update(moved, gradients.sums(), 0, width, learningRate) && finite;
    }

    @Override
    public long rows() {
        return weights.rows();
    }

    @Override
    public int dim() {
        return weights.dim();
    }

    @Override
    public int stateWidth() {
        return 1;
    }

    @Override
    public void pool(Bags bags, Floats out, long offset, int stride) {
        weights.pool(bags, out, offset, stride);
    }

    /// @throws UnsupportedOperationException always: rows move when the squares of all their columns are known
    @Override
    public boolean update(Bags bags, Floats vectors, long offset, int stride, float learningRate) {
        throw new UnsupportedOperationException("columns move by sum and move");
    }

    @Override
    public void readWeights(long firstRow, long count, Floats out) {
        weights.readWeights(firstRow, count, out);
    }

    @Override
    public void writeWeights(long firstRow, long count, Floats in) {
        weights.writeWeights(firstRow, count, in);
    }

    @Override
    public void readState(long firstRow, long count, Floats out) {
        out.slice(0, count).copyFrom(meanSquares.slice(firstRow, count));
    }

    @Override
    public void writeState(long firstRow, long count, Floats in) {
        meanSquares.slice(firstRow, count).copyFrom(in.slice(0, count));
    }

    @Override
    public void close() {
        weights.close();
    }
}
