package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.FloatSum;
import io.dlrm4j.comm.collective.Operation.Way;
import io.dlrm4j.comm.transport.FrameReceiver;
import io.dlrm4j.comm.transport.Link;
import io.dlrm4j.comm.transport.SharedMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Sums a buffer that lies in memory shared by all ranks: each rank sums one part of it, reading the buffers of all
/// others, and writes the sum into all of them.
///
/// Frames carry no floats. A rank tells all others where its buffer lies (place), and, when it has summed its part,
/// that it needs theirs no more (done): two steps for any number of ranks, and nothing is copied but the result. A part
/// is summed by one rank, from its own values on in rank order modulo N, and then copied, so every rank holds the same
/// bits, and the same run twice gives the same bits.
///
/// A buffer may lie elsewhere on some rank, which then says so instead of a place; all ranks hear it, and the ring
/// carries the operation.
final class DirectSum implements Algorithm, FrameReceiver {
    /// What is summed before it is copied to the others: stays in the first-level cache.
    private static final int BLOCK_BYTES = 16 << 10;

    private static final int PLACE = 1;
    private static final int DONE = 2;

    private final int rank;
    private final int ranks;
    private final @Nullable Link[] links;
    private final FloatSum sum;
    private final Notice notice;
    private final int[] told; // each peer, last
    private final int[] heard; // from each peer, last
    private final MemorySegment[] theirs;
    private final long[] theirsFrom;
    private @Nullable Operation operation;
    private int word; // what is told and heard now
    private int missing; // times it has still to be told or heard
    private boolean elsewhere;
    private int peer;
    private String complaint = "";

    DirectSum(int rank, @Nullable Link[] links, FloatSum sum, Notice notice) {
        this.rank = rank;
        this.ranks = links.length;
        this.links = links;
        this.sum = sum;
        this.notice = notice;
        this.told = new int[ranks];
        this.heard = new int[ranks];
        this.theirs = new MemorySegment[ranks];
        Arrays.fill(theirs, MemorySegment.NULL);
        this.theirsFrom = new long[ranks];
    }

    @Override
    public void start(Operation op) {
        operation = op;
        Arrays.fill(told, 0);
        Arrays.fill(heard, 0);
        word = PLACE;
        missing = 2 * (ranks - 1);
        elsewhere = op.place == SharedMemory.NOWHERE;
    }

    @Override
    public int advance() {
        Operation op = operation;
        if (op == null) {
            return 0;
        }
        int moved = exchangeWords(op);
        if (word == PLACE && missing == 0) {
            if (elsewhere) {
                op.way = Way.RING;
                return moved;
            }
            sumOwnPart(op);
            word = DONE;
            missing = 2 * (ranks - 1);
            moved += exchangeWords(op);
        }
        return moved;
    }

    private int exchangeWords(Operation op) {
        int moved = 0;
        for (int i = 1; i < ranks; i++) {
            int other = (rank + i) % ranks;
            Link link = links[other];
            if (link == null) {
                continue;
            }
            if (told[other] < word && tell(link, op)) {
                told[other] = word;
                missing--;
                moved++;
            }
            if (heard[other] < word) {
                peer = other;
                moved += link.poll(this, 1); // the next frame may belong to the next word, or operation
            }
        }
        return moved;
    }

    private boolean tell(Link link, Operation op) {
        return word == PLACE ? notice.sendPlace(link, op, op.place, op.send.byteSize()) : notice.sendDone(link, op);
    }

    private void sumOwnPart(Operation op) {
        long end = op.receiveEnd[rank];
        for (long at = op.receiveStart[rank]; at < end; at += BLOCK_BYTES) {
            long bytes = Math.min(BLOCK_BYTES, end - at);
            for (int i = 1; i < ranks; i++) {
                int other = (rank + i) % ranks;
                sum.add(op.send, at, theirs[other], theirsFrom[other] + at, bytes / Float.BYTES);
            }
            for (int i = 1; i < ranks; i++) {
                int other = (rank + i) % ranks;
                MemorySegment.copy(op.send, at, theirs[other], theirsFrom[other] + at, bytes);
            }
        }
    }

    @Override
    public boolean onFrame(long tag, MemorySegment bytes, long offset, int length) {
        Operation op = operation;
        if (op == null || !complaint.isEmpty()) {
            return false;
        }
        int slice = word == PLACE ? FrameTag.PLACE : FrameTag.DONE;
        complaint = FrameTag.complaint(op, rank, peer, slice, tag, length, Notice.BYTES);
        if (complaint.isEmpty() && word == PLACE) {
            takePlace(op, bytes, offset);
        }
        if (complaint.isEmpty()) {
            heard[peer] = word;
            missing--;
        }
        return false;
    }

    private void takePlace(Operation op, MemorySegment bytes, long offset) {
        long wanted = op.send.byteSize();
        notice.read(bytes, offset);
        if (notice.length() != wanted) {
            complaint = FrameTag.otherSize(op, rank, peer, notice.length(), wanted);
        } else if (notice.place() == SharedMemory.NOWHERE) {
            elsewhere = true;
        } else {
            MemorySegment memory = notice.memory(peer);
            if (memory == null) {
                complaint = FrameTag.unreachable(op, rank, peer);
            } else {
                theirs[peer] = memory;
                theirsFrom[peer] = SharedMemory.byteOf(notice.place());
            }
        }
    }

    @Override
    public boolean finished() {
        return word == DONE && missing == 0;
    }

    @Override
    public boolean waitsFor(int other) {
        return operation != null && other != rank && (told[other] < word || heard[other] < word);
    }

    @Override
    public String complaint() {
        return complaint;
    }
}
