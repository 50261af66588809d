package io.dlrm4j.core.engine.nd4j;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.agrona.collections.Int2IntHashMap;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/// Rows as one INDArray. The device gathers rows, applies the update rule and scatters them back; sums over a bag and
/// over repeated ids are taken on the host, in the order of the samples, so that the same batch gives the same bits.
final class Nd4jEmbeddingTable implements EmbeddingTable {
    private static final int COPY_FLOATS = 1 << 22;

    private final String name;
    private final long rows;
    private final int dim;
    private final UpdateRule rule;
    private final int stateWidth;
    private final INDArray weights; // [rows, dim]
    private final INDArray state; // [rows, stateWidth], one row of nothing for SGD

    Nd4jEmbeddingTable(String name, long rows, int dim, UpdateRule rule) {
        if (rows < 1 || rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s: rows=%d, want 1 to %d; shard the table by rows or hash its ids"
                    .formatted(name, rows, Integer.MAX_VALUE));
        }
        this.name = name;
        this.rows = rows;
        this.dim = dim;
        this.rule = rule;
        this.stateWidth = switch (rule.kind()) {
            case SGD -> 0;
            case ADAGRAD -> dim;
            case ROW_WISE_ADAGRAD -> 1;
        };
        this.weights = Device.zeros(rows, dim);
        this.state = stateWidth == 0 ? Device.zeros(1, 1) : Device.zeros(rows, stateWidth);
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
        float[] found = gatherToHost(ids(bags));
        float[] sum = new float[dim];
        for (int sample = 0; sample < bags.count(); sample++) {
            Arrays.fill(sum, 0);
            for (int i = bags.start(sample); i < end(bags, sample); i++) {
                for (int k = 0; k < dim; k++) {
                    sum[k] += found[i * dim + k];
                }
            }
            long to = (offset + (long) sample * stride) * Float.BYTES;
            MemorySegment.copy(sum, 0, out.segment(), JAVA_FLOAT_UNALIGNED, to, dim);
        }
    }

    private float[] gatherToHost(int[] ids) {
        if (ids.length == 0) {
            return new float[0];
        }
        try (MemoryWorkspace _ = Device.scratch()) {
            return Device.download(Device.gather(weights, ids, 0));
        }
    }

    private int[] ids(Bags bags) {
        int[] ids = bags.ids().slice(0, bags.idCount()).toArray();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= rows) {
                throw new IllegalArgumentException("%s: sample %d of the batch has id %d, want 0 to %d (%d rows)"
                        .formatted(name, sampleOf(bags, i), ids[i], rows - 1, rows));
            }
        }
        return ids;
    }

    private static int sampleOf(Bags bags, int position) {
        int sample = 0;
        while (end(bags, sample) <= position) {
            sample++;
        }
        return sample;
    }

    private static int end(Bags bags, int sample) {
        return sample + 1 < bags.count() ? bags.start(sample + 1) : bags.idCount();
    }

    @Override
    public boolean update(Bags bags, Floats gradients, long offset, int stride, float learningRate) {
        int[] ids = ids(bags);
        if (ids.length == 0) {
            return true;
        }
        Int2IntHashMap places = new Int2IntHashMap(-1);
        int[] unique = new int[ids.length];
        int[] place = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            place[i] = places.getOrDefault(ids[i], places.size());
            if (place[i] == places.size()) {
                places.put(ids[i], place[i]);
                unique[place[i]] = ids[i];
            }
        }
        float[] sums = new float[places.size() * dim];
        for (int sample = 0; sample < bags.count(); sample++) {
            long from = offset + (long) sample * stride;
            for (int i = bags.start(sample); i < end(bags, sample); i++) {
                for (int k = 0; k < dim; k++) {
                    sums[place[i] * dim + k] += gradients.get(from + k);
                }
            }
        }
        return apply(Arrays.copyOf(unique, places.size()), sums, learningRate);
    }

    private boolean apply(int[] unique, float[] sums, float learningRate) {
        try (MemoryWorkspace _ = Device.scratch()) {
            INDArray g = Device.upload(sums, unique.length, dim);
            if (rule.kind() != OptimizerKind.SGD) {
                INDArray squares = g.mul(g);
                INDArray s = Device.gather(state, unique, 0);
                s.addi(rule.kind() == OptimizerKind.ROW_WISE_ADAGRAD ? squares.mean(true, 1) : squares);
                Device.scatter(s, unique, state);
                g = g.div(Transforms.sqrt(s).addi(rule.eps()));
            }
            INDArray moved = Device.gather(weights, unique, 0).subi(g.muli(learningRate));
            Device.scatter(moved, unique, weights);
            return areFinite(Device.download(moved)) && areFinite(sums);
        }
    }

    private static boolean areFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void readWeights(long firstRow, long count, Floats out) {
        read(weights, firstRow, count, dim, out);
    }

    @Override
    public void writeWeights(long firstRow, long count, Floats in) {
        write(weights, firstRow, count, dim, in);
    }

    @Override
    public void readState(long firstRow, long count, Floats out) {
        read(state, firstRow, count, stateWidth, out);
    }

    @Override
    public void writeState(long firstRow, long count, Floats in) {
        write(state, firstRow, count, stateWidth, in);
    }

    private void read(INDArray array, long firstRow, long count, int width, Floats out) {
        requireInside(firstRow, count);
        for (long done = 0; width > 0 && done < count; done += block(width)) {
            long rowsNow = Math.min(block(width), count - done);
            try (MemoryWorkspace _ = Device.scratch()) {
                INDArray view = Device.rows(array, firstRow + done, rowsNow);
                Device.download(view, out.slice(done * width, rowsNow * width));
            }
        }
    }

    private void write(INDArray array, long firstRow, long count, int width, Floats in) {
        requireInside(firstRow, count);
        for (long done = 0; width > 0 && done < count; done += block(width)) {
            long rowsNow = Math.min(block(width), count - done);
            try (MemoryWorkspace _ = Device.scratch()) {
                Floats from = in.slice(done * width, rowsNow * width);
                Device.rows(array, firstRow + done, rowsNow).assign(Device.upload(from, rowsNow, width));
            }
        }
    }

    private static long block(int width) {
        return Math.max(1, COPY_FLOATS / width);
    }

    private void requireInside(long firstRow, long count) {
        if (firstRow < 0 || count < 0 || firstRow > rows - count) {
            throw new IllegalArgumentException(
                    "%s: %d rows from row %d on, want rows within 0 to %d".formatted(name, count, firstRow, rows - 1));
        }
    }

    @Override
    public void close() {
        Device.free(weights);
        Device.free(state);
    }
}
