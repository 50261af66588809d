package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/// Takes vectors from the owners of their rows to the ranks of their samples, and gradients back the same way, in
/// the format of the wire.
///
/// Both sides hold floats, rank by rank, those of an owner in rows of equal width. Where they travel as floats
/// they leave from where they lie and arrive where they are wanted. In another format they are packed into
/// buffers that other ranks reach, of as many bytes as travel, and unpacked when they are awaited: so both ways
/// inside a host and the frames between hosts carry less. A rank's part for itself goes through the format as
/// well, so that it does not matter which rank has a sample.
final class VectorExchange {
    private final Communicator communicator;
    private final WireRows rows;
    private final int run;
    private final int[] widths;
    private final MemorySegment ownerPacked;
    private final MemorySegment samplePacked;
    private final MemorySegment ownerPlaces;
    private final MemorySegment samplePlaces;
    private final long[] ownerBytes;
    private final long[] sampleBytes;
    private final Arrival forward = new Arrival(false);
    private final Arrival backward = new Arrival(true);
    private boolean lastExact;

    /// @param run floats of a vector; a row is one or more of them, else it is one run itself, and longer
    /// @param widths floats of a row of each owner
    /// @param ownerFloats most floats on this rank as an owner
    /// @param sampleFloats most floats of this rank's samples
    VectorExchange(
            String name,
            ExchangeFormat format,
            int run,
            int[] widths,
            long ownerFloats,
            long sampleFloats,
            Communicator communicator,
            OffHeap memory) {
        int ranks = communicator.size();
        this.communicator = communicator;
        this.run = run;
        this.widths = widths;
        int widest = 1;
        for (int width : widths) {
            widest = Math.max(widest, width);
        }
        this.rows = new WireRows(ranks == 1 ? ExchangeFormat.EXACT : format, widest, memory);
        boolean packs = !rows.isExact(false) || !rows.isExact(true);
        this.ownerPacked = packed(name, packs ? ownerFloats : 0, memory);
        this.samplePacked = packed(name, packs ? sampleFloats : 0, memory);
        boolean cuts = packs && format.kept() < 1;
        this.ownerPlaces = places(name, cuts ? ownerFloats : 0, memory);
        this.samplePlaces = places(name, cuts ? sampleFloats : 0, memory);
        this.ownerBytes = new long[ranks + 1];
        this.sampleBytes = new long[ranks + 1];
    }

    private MemorySegment packed(String name, long floats, OffHeap memory) {
        if (floats == 0) {
            return MemorySegment.NULL;
        }
        return memory.sharedFloats(name + " on the wire", Math.ceilDiv(rows.mostBytes(floats, run), Float.BYTES))
                .segment();
    }

    private static MemorySegment places(String name, long floats, OffHeap memory) {
        return floats == 0 ? MemorySegment.NULL : memory.bytes(name + " places", floats * Character.BYTES);
    }

    /// A row is cut into whole runs, so that rows follow each other without a gap.
    private int runOf(int rank) {
        return widths[rank] % run == 0 ? run : widths[rank];
    }

    private long bytes(boolean back, long floatBytes, int rank) {
        if (widths[rank] == 0) {
            return 0;
        }
        long count = floatBytes / Float.BYTES / widths[rank];
        int runs = runOf(rank);
        return count * (back ? rows.backwardBytes(widths[rank], runs) : rows.forwardBytes(widths[rank], runs));
    }

    private void layPacked(boolean back, long[] ownerSide, long[] sampleSide) {
        int here = communicator.rank();
        for (int r = 0; r < communicator.size(); r++) {
            ownerBytes[r + 1] = ownerBytes[r] + bytes(back, ownerSide[r + 1] - ownerSide[r], here);
            sampleBytes[r + 1] = sampleBytes[r] + bytes(back, sampleSide[r + 1] - sampleSide[r], r);
        }
    }

    /// Starts to send each rank the vectors of its samples.
    ///
    /// @param ownerSide byte offsets of the parts of each rank in `owner`
    /// @param sampleSide byte offsets of the parts of each rank in `sample`
    /// @param exact whether they travel as floats, whatever the format, and no gradients come back
    Pending forward(Floats owner, long[] ownerSide, Floats sample, long[] sampleSide, boolean exact) {
        lastExact = exact;
        if (exact || rows.isExact(false)) {
            return communicator.allToAll(Lane.FORWARD, owner.segment(), ownerSide, sample.segment(), sampleSide);
        }
        layPacked(false, ownerSide, sampleSide);
        int here = communicator.rank();
        if (widths[here] > 0) {
            long first = ownerSide[0] / Float.BYTES;
            long count = (ownerSide[communicator.size()] - ownerSide[0]) / Float.BYTES / widths[here];
            rows.encodeForward(owner, first, count, widths[here], runOf(here), ownerPacked, 0, ownerPlaces, 0);
        }
        return forward.start(
                communicator.allToAll(Lane.FORWARD, ownerPacked, ownerBytes, samplePacked, sampleBytes),
                sample,
                sampleSide);
    }

    /// Starts to send each owner the gradients of the vectors it last sent.
    Pending backward(Floats sample, long[] sampleSide, Floats owner, long[] ownerSide) {
        if (lastExact && !rows.isExact(false)) {
            throw new IllegalStateException("gradients of vectors that travelled for an evaluation");
        }
        if (rows.isExact(true)) {
            return communicator.allToAll(Lane.BACKWARD, sample.segment(), sampleSide, owner.segment(), ownerSide);
        }
        layPacked(true, ownerSide, sampleSide);
        long places = 0;
        for (int r = 0; r < communicator.size(); r++) {
            long first = sampleSide[r] / Float.BYTES;
            long count = rowsFrom(r, sampleSide);
            rows.encodeBackward(
                    sample, first, count, widths[r], runOf(r), samplePacked, sampleBytes[r], samplePlaces, places);
            places += placeBytes(r, count);
        }
        return backward.start(
                communicator.allToAll(Lane.BACKWARD, samplePacked, sampleBytes, ownerPacked, ownerBytes),
                owner,
                ownerSide);
    }

    private long rowsFrom(int rank, long[] sampleSide) {
        return widths[rank] == 0 ? 0 : (sampleSide[rank + 1] - sampleSide[rank]) / Float.BYTES / widths[rank];
    }

    private long placeBytes(int rank, long count) {
        return count * rows.kept(widths[rank], runOf(rank)) * Character.BYTES;
    }

    private void unpackForward(Floats sample, long[] sampleSide) {
        long places = 0;
        for (int r = 0; r < communicator.size(); r++) {
            long first = sampleSide[r] / Float.BYTES;
            long count = rowsFrom(r, sampleSide);
            rows.decodeForward(
                    samplePacked, sampleBytes[r], sample, first, count, widths[r], runOf(r), samplePlaces, places);
            places += placeBytes(r, count);
        }
    }

    private void unpackBackward(Floats owner, long[] ownerSide) {
        int here = communicator.rank();
        if (widths[here] > 0) {
            long first = ownerSide[0] / Float.BYTES;
            long count = (ownerSide[communicator.size()] - ownerSide[0]) / Float.BYTES / widths[here];
            rows.decodeBackward(ownerPacked, 0, owner, first, count, widths[here], runOf(here), ownerPlaces, 0);
        }
    }

    /// Unpacks what has arrived, once; the same object every step.
    private final class Arrival implements Pending {
        private final boolean back;
        private Pending exchange = Pending.DONE;
        private Floats to = Floats.NONE;
        private long[] offsets = new long[0];
        private boolean open;

        Arrival(boolean back) {
            this.back = back;
        }

        Pending start(Pending started, Floats into, long[] intoOffsets) {
            exchange = started;
            to = into;
            offsets = intoOffsets;
            open = true;
            return this;
        }

        @Override
        public void await() {
            if (!open) {
                return;
            }
            exchange.await();
            open = false;
            if (back) {
                unpackBackward(to, offsets);
            } else {
                unpackForward(to, offsets);
            }
        }
    }
}
