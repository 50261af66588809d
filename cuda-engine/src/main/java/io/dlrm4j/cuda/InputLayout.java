package io.dlrm4j.cuda;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.memory.Ints;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Where the parts of a batch lie in one block of memory, the same on both sides of the copy; byte offsets,
/// each part on a boundary of 256 bytes: learning rate, scale and step, labels, dense features, then for each
/// table ids and starts.
final class InputLayout {
    /// Byte offset of the learning rate.
    static final long RATE = 0;
    /// Byte offset of the scale of the loss's gradient.
    static final long SCALE = Float.BYTES;
    /// Byte offset of the number of the step, 64 bits.
    static final long STEP = 2 * Float.BYTES;

    private static final int BOUNDARY = 256;

    private final int samples;
    private final int bagSamples;
    private final int denseWidth;
    private final long labels;
    private final long dense;
    private final long[] ids;
    private final long[] starts;
    private final int[] rooms;
    private final boolean[] oneHot;
    private final long bytes;

    private InputLayout(
            int samples, int bagSamples, int denseWidth, boolean[] oneHot, List<CudaEmbeddingTable> tables) {
        this.samples = samples;
        this.bagSamples = bagSamples;
        this.denseWidth = denseWidth;
        this.oneHot = oneHot;
        this.ids = new long[tables.size()];
        this.starts = new long[tables.size()];
        this.rooms = new int[tables.size()];
        this.labels = BOUNDARY;
        this.dense = after(labels, samples);
        long next = after(dense, (long) samples * denseWidth);
        for (int t = 0; t < ids.length; t++) {
            rooms[t] = tables.get(t).room(bagSamples, oneHot[t]);
            ids[t] = next;
            starts[t] = after(next, rooms[t]);
            next = oneHot[t] ? starts[t] : after(starts[t], bagSamples + 1L);
        }
        this.bytes = next;
    }

    private static long after(long offset, long words) {
        return Rounding.up(offset + words * Integer.BYTES, BOUNDARY);
    }

    /// @param bags of each table
    /// @param samples whose labels and dense features it holds
    /// @param bagSamples whose ids it holds
    /// @return the layout of batches of the same size and kind as this one
    static InputLayout of(Bags[] bags, int samples, int bagSamples, int denseWidth, List<CudaEmbeddingTable> tables) {
        boolean[] oneHot = new boolean[tables.size()];
        for (int t = 0; t < oneHot.length; t++) {
            oneHot[t] = bags[t].starts() == null;
        }
        return new InputLayout(samples, bagSamples, denseWidth, oneHot, tables);
    }

    /// @return bytes of the largest batch of either kind
    static long most(int denseWidth, List<CudaEmbeddingTable> tables, int samples, int bagSamples) {
        return new InputLayout(samples, bagSamples, denseWidth, new boolean[tables.size()], tables).bytes;
    }

    /// Copies the ids of a table to their place.
    ///
    /// @throws IllegalArgumentException when a batch of this size is of another kind than the first one of it
    void copy(Bags bags, int table, MemorySegment to) {
        Ints bagStarts = bags.starts();
        require(table, bagStarts == null, bags.idCount());
        MemorySegment.copy(bags.ids().segment(), 0, to, ids[table], (long) bags.idCount() * Integer.BYTES);
        if (bagStarts != null) {
            MemorySegment.copy(bagStarts.segment(), 0, to, starts[table], (bags.count() + 1L) * Integer.BYTES);
        }
    }

    private void require(int table, boolean isOneHot, int idCount) {
        if (isOneHot != oneHot[table] || idCount < 0 || idCount > rooms[table]) {
            throw new IllegalArgumentException("table %d: %d ids of %d samples, %s; want at most %d, %s"
                    .formatted(table, idCount, bagSamples, kind(isOneHot), rooms[table], kind(oneHot[table])));
        }
    }

    private static String kind(boolean oneHot) {
        return oneHot ? "one each" : "any number each";
    }

    /// @return samples whose labels and dense features it holds
    int samples() {
        return samples;
    }

    /// @return samples whose ids it holds
    int bagSamples() {
        return bagSamples;
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
