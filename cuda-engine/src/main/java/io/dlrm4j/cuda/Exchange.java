package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.cuda.api.Driver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Pooled vectors of this rank's samples on the card, and their gradients, in the very places they have on the
/// host, where other ranks write and read them: the interaction takes each from its place, so nothing is packed
/// on either side and one copy each way brings all of them.
final class Exchange {
    /// Floats of others that may lie between the vectors of two samples.
    private static final int SLACK = 8;

    private final Card card;
    private final int dim;
    private final int tables;
    private final long vectors;
    private final long gradients;
    private final long places;
    private final MemorySegment described;
    private final long[] present;
    private final long room;
    private final PageLocks locks;

    /// @param memory takes the card's side
    /// @param samples of the largest part of a batch
    Exchange(Card card, DeviceMemory memory, int tables, int dim, int samples) {
        this.card = card;
        this.locks = new PageLocks(card);
        this.dim = dim;
        this.tables = tables;
        this.room = (long) samples * (tables * dim + SLACK);
        this.vectors = memory.words("exchanged vectors", room);
        this.gradients = memory.words("gradients of exchanged vectors", room);
        this.places = memory.bytes("places of exchanged vectors", Math.max(1, tables) * 2L * Long.BYTES);
        this.described = card.driver().allocateHost(Math.max(1, tables) * 2L * Long.BYTES);
        this.present = new long[2 * tables];
        Arrays.fill(present, -1);
    }

    /// Where the interaction finds the vectors of tables, and leaves their gradients: device addresses.
    ///
    /// @param vectors first of them
    /// @param gradients in the same places
    /// @param places structs `Place`, one a table
    record Where(long vectors, long gradients, long places) {}

    /// @return where they are
    Where where() {
        return new Where(vectors, gradients, places);
    }

    /// @param memory takes the card's side
    /// @param offsetsAndStrides two numbers a table, in floats
    /// @return structs `Place` on the card
    static long places(Card card, DeviceMemory memory, long[] offsetsAndStrides) {
        long bytes = (long) offsetsAndStrides.length * Long.BYTES;
        long places = memory.bytes("places of exchanged vectors", bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocateFrom(JAVA_LONG, offsetsAndStrides);
            card.staging().write(places, new Floats(numbers), bytes / Float.BYTES);
        }
        return places;
    }

    /// Enqueues the vectors of `n` samples on the main lane.
    void bring(PooledVectors pooled, int n) {
        describe(pooled);
        copy(vectors, pooled.values(), span(pooled, n), true);
    }

    /// Enqueues the way back of their gradients on the main lane. What lies between vectors comes back as it is.
    void giveBack(PooledVectors pooled, int n) {
        copy(gradients, pooled.gradients(), span(pooled, n), false);
    }

    /// Enqueues what gradients will be written into: needed where not all of it will be written.
    void prepare(PooledVectors pooled, int n) {
        long span = span(pooled, n);
        if (span != (long) n * tables * dim) {
            copy(gradients, pooled.gradients(), span, true);
        }
    }

    private void describe(PooledVectors pooled) {
        boolean same = true;
        for (int t = 0; t < tables; t++) {
            same &= present[2 * t] == pooled.offset(t) && present[2 * t + 1] == pooled.stride(t);
            present[2 * t] = pooled.offset(t);
            present[2 * t + 1] = pooled.stride(t);
        }
        if (!same) {
            requireWholePieces();
            MemorySegment.copy(present, 0, described, JAVA_LONG, 0, present.length);
            card.driver().toDevice(places, described, described.byteSize(), card.main().stream());
            card.finish("the places of exchanged vectors");
        }
    }

    /// The kernels read vectors of whole pieces of 16 bytes as such.
    private void requireWholePieces() {
        for (int i = 0; dim % 4 == 0 && i < present.length; i++) {
            if (present[i] % 4 != 0) {
                throw new IllegalArgumentException(
                        "pooled vectors of width %d: an offset or stride of %d floats, want multiples of 4"
                                .formatted(dim, present[i]));
            }
        }
    }

    /// @return floats from the first of all to the last
    private long span(PooledVectors pooled, int n) {
        long end = 0;
        for (int t = 0; t < tables; t++) {
            end = Math.max(end, pooled.offset(t) + (n - 1L) * pooled.stride(t) + dim);
        }
        if (end > room) {
            throw new IllegalArgumentException(
                    "pooled vectors reach over %d floats, want %d at most".formatted(end, room));
        }
        return end;
    }

    private void copy(long device, Floats host, long floats, boolean toCard) {
        if (floats == 0) {
            return;
        }
        locks.lock(host.segment());
        MemorySegment piece = host.segment().asSlice(0, floats * Float.BYTES);
        Driver driver = card.driver();
        if (toCard) {
            driver.toDevice(device, piece, piece.byteSize(), card.main().stream());
        } else {
            driver.toHost(piece, device, piece.byteSize(), card.main().stream());
        }
    }

    /// Lets go of the host's side, which must still be there.
    void close() {
        locks.close();
        card.driver().freeHost(described);
    }
}
