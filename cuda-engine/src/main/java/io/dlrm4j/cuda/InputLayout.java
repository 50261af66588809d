package io.dlrm4j.cuda;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;

/// Where the parts of a batch lie in one block of memory, the same on both sides of the copy; byte offsets,
/// each part on a boundary of 256 bytes: learning rate, scale and step, labels, dense features, then for each table
/// ids and starts.
final class InputLayout {
    /// Byte offset of the learning rate.
    static final long RATE = 0;
    /// Byte offset of the scale of the loss's gradient.
    static final long SCALE = Float.BYTES;
    /// Byte offset of the number of the step, 64 bits.
    static final long STEP = 2 * Float.BYTES;

    private static final int BOUNDARY = 256;

    private final int samples;
    private final int denseWidth;
    private final long labels;
    private final long dense;
    private final long[] ids;
    private final long[] starts;
    private final int[] rooms;
    private final boolean[] oneHot;
    private final long bytes;

    private InputLayout(int samples, int denseWidth, boolean[] oneHot, List<CudaEmbeddingTable> tables) {
        this.samples = samples;
        this.denseWidth = denseWidth;
        this.oneHot = oneHot;
        this.ids = new long[tables.size()];
        this.starts = new long[tables.size()];
        this.rooms = new int[tables.size()];
        this.labels = BOUNDARY;
        this.dense = after(labels, samples);
        long next = after(dense, (long) samples * denseWidth);
        for (int t = 0; t < ids.length; t++) {
            rooms[t] = tables.get(t).room(samples, oneHot[t]);
            ids[t] = next;
            starts[t] = after(next, rooms[t]);
            next = oneHot[t] ? starts[t] : after(starts[t], samples + 1L);
        }
        this.bytes = next;
    }

    private static long after(long offset, long words) {
        return Rounding.up(offset + words * Integer.BYTES, BOUNDARY);
    }

    /// @return the layout of batches of the same size and kind as this one
    static InputLayout of(Batch batch, DlrmShape shape, List<CudaEmbeddingTable> tables) {
        boolean[] oneHot = new boolean[tables.size()];
        for (int t = 0; t < oneHot.length; t++) {
            oneHot[t] = batch.bags(t).starts() == null;
        }
        return new InputLayout(batch.size(), shape.bottom().getFirst(), oneHot, tables);
    }

    /// @return bytes of the largest batch of either kind
    static long most(DlrmShape shape, List<CudaEmbeddingTable> tables, int samples) {
        return new InputLayout(samples, shape.bottom().getFirst(), new boolean[tables.size()], tables).bytes;
    }

    /// Fails when a batch of this size is of another kind than the first one of it.
    void require(int table, boolean isOneHot, int idCount) {
        if (isOneHot != oneHot[table] || idCount < 0 || idCount > rooms[table]) {
            throw new IllegalArgumentException("table %d: %d ids of %d samples, %s; want at most %d, %s"
                    .formatted(table, idCount, samples, kind(isOneHot), rooms[table], kind(oneHot[table])));
        }
    }

    private static String kind(boolean oneHot) {
        return oneHot ? "one each" : "any number each";
    }

    int samples() {
        return samples;
    }

    int denseWidth() {
        return denseWidth;
    }

    long labels() {
        return labels;
    }

    long dense() {
        return dense;
    }

    long ids(int table) {
        return ids[table];
    }

    long starts(int table) {
        return starts[table];
    }

    boolean oneHot(int table) {
        return oneHot[table];
    }

    /// @return most ids of a table
    int room(int table) {
        return rooms[table];
    }

    long bytes() {
        return bytes;
    }
}
