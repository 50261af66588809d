package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.FloatSum;
import io.dlrm4j.comm.transport.FrameReceiver;
import io.dlrm4j.comm.transport.Link;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Sums a buffer over a ring of ranks: N-1 steps in which partial sums travel to the right and grow, then, for an
/// all-reduce, N-1 steps in which the finished chunks travel on (Patarasuk and Yuan, 2009: bandwidth optimal).
///
/// In step `t` rank `r` sends chunk `r-1-t` and receives chunk `r-2-t` (modulo N), so that chunk `r` is finished at
/// rank `r`. Chunks move in slices; a slice leaves as soon as it is summed, so the steps overlap. A chunk is summed
/// in ring order by one rank after the other and then copied, so every rank holds the same bits.
///
/// A slice of the second phase cannot overwrite one that this rank has still to send in the first: it is made from
/// that one.
final class RingSum implements Algorithm, FrameReceiver {
    private static final int BURST = 8;

    private final int rank;
    private final int ranks;
    private final @Nullable Link[] links;
    private final int next;
    private final int previous;
    private final FloatSum sum;
    private @Nullable Operation operation;
    private int steps;
    private int sendStep;
    private int receiveStep;
    private long sent; // bytes of the chunk of sendStep
    private long received; // bytes of the chunk of receiveStep
    private int sentSlices;
    private int receivedSlices;
    private String complaint = "";

    RingSum(int rank, @Nullable Link[] links, FloatSum sum) {
        this.rank = rank;
        this.ranks = links.length;
        this.links = links;
        this.next = (rank + 1) % ranks;
        this.previous = (rank + ranks - 1) % ranks;
        this.sum = sum;
    }

    @Override
    public void start(Operation op) {
        operation = op;
        steps = op.kind == Kind.ALL_REDUCE ? 2 * (ranks - 1) : ranks - 1;
        sent = 0;
        received = 0;
        sentSlices = 0;
        receivedSlices = 0;
        sendStep = firstFilled(op, 0, 1);
        receiveStep = firstFilled(op, 0, 2);
    }

    /// @return the first step from `step` on whose chunk `rank - behind - step` is not empty
    private int firstFilled(Operation op, int step, int behind) {
        int at = step;
        while (at < steps && length(op, chunk(at, behind)) == 0) {
            at++;
        }
        return at;
    }

    private int chunk(int step, int behind) {
        return Math.floorMod(rank - behind - step, ranks);
    }

    private static long length(Operation op, int chunk) {
        return op.receiveEnd[chunk] - op.receiveStart[chunk];
    }

    @Override
    public int advance() {
        Operation op = operation;
        Link right = links[next];
        Link left = links[previous];
        if (op == null || right == null || left == null) {
            return 0;
        }
        int moved = 0;
        while (moved < BURST && sendStep < steps && sendSlice(op, right)) {
            moved++;
        }
        if (receiveStep < steps) {
            moved += left.poll(this, BURST);
        }
        return moved;
    }

    private boolean sendSlice(Operation op, Link right) {
        int chunk = chunk(sendStep, 1);
        long left = length(op, chunk) - sent;
        int slice = (int) Math.min(right.maxPayload(), left);
        if (summedBeyondSent(left) < slice) {
            return false;
        }
        long tag = FrameTag.of(op.kind, op.number, sentSlices);
        if (!right.trySend(tag, op.send, op.receiveStart[chunk] + sent, slice)) {
            return false;
        }
        sentSlices++;
        sent += slice;
        if (slice == left) {
            sent = 0;
            sendStep = firstFilled(op, sendStep + 1, 1);
        }
        return true;
    }

    /// What goes out in a step came in, and was summed, in the step before.
    private long summedBeyondSent(long left) {
        if (sendStep == 0 || receiveStep >= sendStep) {
            return left;
        }
        return receiveStep == sendStep - 1 ? received - sent : 0;
    }

    @Override
    public boolean onFrame(long tag, MemorySegment bytes, long offset, int length) {
        Operation op = operation;
        if (op == null || !complaint.isEmpty()) {
            return false;
        }
        int chunk = chunk(receiveStep, 2);
        long left = length(op, chunk) - received;
        complaint = FrameTag.complaint(op, rank, previous, receivedSlices, tag, length, left);
        if (!complaint.isEmpty()) {
            return false;
        }
        long at = op.receiveStart[chunk] + received;
        if (receiveStep < ranks - 1) {
            sum.add(op.receive, at, bytes, offset, length / Float.BYTES);
        } else {
            MemorySegment.copy(bytes, offset, op.receive, at, length);
        }
        receivedSlices++;
        received += length;
        if (length == left) {
            received = 0;
            receiveStep = firstFilled(op, receiveStep + 1, 2);
        }
        return receiveStep < steps; // the next frame may belong to the next operation
    }

    @Override
    public boolean finished() {
        return sendStep >= steps && receiveStep >= steps;
    }

    @Override
    public boolean waitsFor(int peer) {
        return (peer == previous && receiveStep < steps) || (peer == next && sendStep < steps);
    }

    @Override
    public String complaint() {
        return complaint;
    }
}
