package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.kernel.BagChecks;
import io.dlrm4j.core.kernel.RowKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Rows in off-heap memory on huge pages, `[rows, dim]`, which may hold more than 2^31 floats.
///
/// Repeated rows: the Adagrads first sum the gradients of a row ([RowGradients]), then move the row once. SGD moves the
/// row once for each occurrence, in the order of the samples, which is the same step but for rounding, needs neither
/// hash nor scratch, and is what the reference implementation does. Either way the result depends on the batch alone:
/// the same batch gives the same bits, on every processor.
///
/// All ids of a batch are checked before the first row is read or written. A warm step allocates nothing. The memory
/// belongs to the [OffHeap] given and ends with it.
public final class CpuEmbeddingTable implements EmbeddingTable {
    private static final long MAX_ROWS = Integer.MAX_VALUE;

    private final String name;
    private final int rows;
    private final int dim;
    private final int stateWidth;
    private final int maxSamples;
    private final int maxIds;
    private final UpdateRule rule;
    private final RowKernels kernels;
    private final Floats weights;
    private final Floats state;
    private final @Nullable RowGradients rowGradients;

    /// @param name as printed: `table 13`
    /// @param rows number of rows, below 2^31
    /// @param dim floats in a row
    /// @param maxSamples samples of the largest batch
    /// @param maxIds ids of the largest batch
    /// @param rule update rule
    /// @param memory owns all buffers
    public CpuEmbeddingTable(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        this(name, rows, dim, maxSamples, maxIds, rule, memory, RowKernels.best());
    }

    CpuEmbeddingTable(
            String name,
            long rows,
            int dim,
            int maxSamples,
            int maxIds,
            UpdateRule rule,
            OffHeap memory,
            RowKernels kernels) {
        if (rows < 1 || rows > MAX_ROWS) {
            throw new IllegalArgumentException("%s: rows=%d, want 1 to %d; shard the table by rows or hash its ids"
                    .formatted(name, rows, MAX_ROWS));
        }
        this.name = name;
        this.rows = (int) rows;
        this.dim = dim;
        this.maxSamples = maxSamples;
        this.maxIds = maxIds;
        this.rule = rule;
        this.kernels = kernels;
        this.stateWidth = stateWidth(rule.kind(), dim);
        this.weights = memory.hugeFloats(name + " weights", rows * dim);
        this.state = memory.hugeFloats(name + " state", rows * stateWidth);
        this.rowGradients = stateWidth == 0 ? null : new RowGradients(name, rows, dim, maxIds, kernels, memory);
    }

    private static int stateWidth(OptimizerKind kind, int dim) {
        return switch (kind) {
            case SGD -> 0;
            case ROW_WISE_ADAGRAD -> 1;
            case ADAGRAD -> dim;
        };
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int dim() {
        return dim;
    }

    @Override
    public int stateWidth() {
        return stateWidth;
    }

    @Override
    public void pool(Bags bags, Floats out, long offset, int stride) {
        check(bags);
        kernels.pool(weights, dim, bags.ids(), bags.starts(), bags.count(), out, offset, stride);
    }

    @Override
    public boolean update(Bags bags, Floats gradients, long offset, int stride, float learningRate) {
        check(bags);
        if (rowGradients == null) {
            return kernels.sgd(
                    weights, dim, bags.ids(), bags.starts(), bags.count(), gradients, offset, stride, learningRate);
        }
        rowGradients.sum(bags, gradients, offset, stride);
        return moveOnce(rowGradients, learningRate);
    }

    private boolean moveOnce(RowGradients met, float rate) {
        return rule.kind() == OptimizerKind.ROW_WISE_ADAGRAD
                ? kernels.rowWiseAdagrad(weights, state, dim, met.rows(), met.count(), met.sums(), rate, rule.eps())
                : kernels.adagrad(weights, state, dim, met.rows(), met.count(), met.sums(), rate, rule.eps());
    }

    private void check(Bags bags) {
        if (bags.count() > maxSamples) {
            throw new IllegalArgumentException(
                    "%s: batch of %d samples, want at most %d".formatted(name, bags.count(), maxSamples));
        }
        if (bags.idCount() > maxIds) {
            throw new IllegalArgumentException(
                    "%s: batch of %d ids, want at most %d".formatted(name, bags.idCount(), maxIds));
        }
        BagChecks.requireRows(name, bags, rows, kernels);
    }

    @Override
    public void readWeights(long firstRow, long count, Floats out) {
        copy(weights, firstRow * dim, out, 0, checked(firstRow, count) * dim);
    }

    @Override
    public void writeWeights(long firstRow, long count, Floats in) {
        copy(in, 0, weights, firstRow * dim, checked(firstRow, count) * dim);
    }

    @Override
    public void readState(long firstRow, long count, Floats out) {
        copy(state, firstRow * stateWidth, out, 0, checked(firstRow, count) * stateWidth);
    }

    @Override
    public void writeState(long firstRow, long count, Floats in) {
        copy(in, 0, state, firstRow * stateWidth, checked(firstRow, count) * stateWidth);
    }

    private long checked(long firstRow, long count) {
        if (firstRow < 0 || count < 0 || firstRow > rows - count) {
            throw new IllegalArgumentException(
                    "%s: %d rows from row %d on, want rows within 0 to %d".formatted(name, count, firstRow, rows - 1));
        }
        return count;
    }

    private static void copy(Floats from, long fromAt, Floats to, long toAt, long floats) {
        MemorySegment.copy(
                from.segment(), fromAt * Float.BYTES, to.segment(), toAt * Float.BYTES, floats * Float.BYTES);
    }

    /// Does nothing: the memory ends with its owner.
    @Override
    public void close() {}
}
