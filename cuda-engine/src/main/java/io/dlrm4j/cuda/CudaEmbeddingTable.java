package io.dlrm4j.cuda;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One table on the card behind the engine's seam. Looked up by itself it is a group of one ([CudaTables]),
/// which is made with the first call, because the whole step of a single rank and a group of several tables do
/// without.
final class CudaEmbeddingTable implements EmbeddingTable {
    private final Card card;
    private final Supplier<Kernels> compiled;
    private final Kernels.Shape shape;
    private final DeviceRows rows;
    private final int maxSamples;
    private final int maxIds;
    private final UpdateRule rule;
    private final Bags[] only = new Bags[1];
    private @Nullable CudaTables alone;

    /// @param compiled gives the kernels for `shape`
    /// @param maxSamples samples of the largest batch
    /// @param maxIds ids of the largest batch
    CudaEmbeddingTable(
            Card card,
            Supplier<Kernels> compiled,
            Kernels.Shape shape,
            DeviceRows rows,
            int maxSamples,
            int maxIds,
            UpdateRule rule) {
        this.card = card;
        this.compiled = compiled;
        this.shape = shape;
        this.rows = rows;
        this.maxSamples = maxSamples;
        this.maxIds = maxIds;
        this.rule = rule;
    }

    /// @return the rows on the card
    DeviceRows onCard() {
        return rows;
    }

    UpdateRule rule() {
        return rule;
    }

    /// @param samples of a batch
    /// @param oneHot whether each has one id
    /// @return most ids of the batch
    int room(int samples, boolean oneHot) {
        if (oneHot) {
            return samples;
        }
        return maxSamples >= maxIds // moved row by row, so samples say nothing of ids
                ? maxIds
                : Math.toIntExact(Math.ceilDiv((long) maxIds * samples, (long) Math.max(maxSamples, 1)));
    }

    int maxSamples() {
        return maxSamples;
    }

    private CudaTables alone(Bags bags) {
        if (alone == null) {
            alone = new CudaTables(card, compiled.get(), shape, List.of(this));
        }
        only[0] = bags;
        return alone;
    }

    @Override
    public long rows() {
        return rows.count();
    }

    @Override
    public int dim() {
        return rows.dim();
    }

    @Override
    public int stateWidth() {
        return rows.stateWidth();
    }

    @Override
    public void pool(Bags bags, Floats out, long offset, int stride) {
        alone(bags).pool(only, out, offset, stride);
    }

    @Override
    public boolean update(Bags bags, Floats gradients, long offset, int stride, float learningRate) {
        CudaTables group = alone(bags);
        group.update(only, gradients, offset, stride, learningRate);
        group.settle();
        return true;
    }

    /// @throws IllegalArgumentException when there are more samples or ids than the table was made for
    void requireRoom(Bags bags) {
        if (bags.count() > maxSamples) {
            throw new IllegalArgumentException(
                    "%s: batch of %d samples, want at most %d".formatted(rows.name(), bags.count(), maxSamples));
        }
        if (bags.idCount() < 0 || bags.idCount() > maxIds) {
            throw new IllegalArgumentException(
                    "%s: batch of %d ids, want at most %d".formatted(rows.name(), bags.idCount(), maxIds));
        }
    }

    @Override
    public void readWeights(long firstRow, long count, Floats out) {
        rows.readWeights(firstRow, count, out);
    }

    @Override
    public void writeWeights(long firstRow, long count, Floats in) {
        rows.writeWeights(firstRow, count, in);
    }

    @Override
    public void readState(long firstRow, long count, Floats out) {
        rows.readState(firstRow, count, out);
    }

    @Override
    public void writeState(long firstRow, long count, Floats in) {
        rows.writeState(firstRow, count, in);
    }

    @Override
    public void close() {
        if (alone != null) {
            alone.close();
            alone = null;
        }
        rows.close();
    }
}
