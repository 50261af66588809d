package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.FloatSum;
import io.dlrm4j.comm.transport.FrameReceiver;
import io.dlrm4j.comm.transport.Link;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Every rank sends its parts straight to their receivers, one frame to each in turn, starting with its right
/// neighbour so that no rank is everybody's first target.
///
/// Carries all-to-all, all-gather, broadcast, barrier and, for few floats, all-reduce: there every rank gathers all
/// parts and sums them in rank order, which gives the same bits everywhere in one step.
final class PairwiseExchange implements Algorithm, FrameReceiver {
    private static final int POLL_LIMIT = 4;

    private final int rank;
    private final int ranks;
    private final @Nullable Link[] links;
    private final FloatSum sum;
    private final long[] sent;
    private final long[] received;
    private final int[] sentSlices;
    private final int[] receivedSlices;
    private @Nullable Operation operation;
    private int unfinished;
    private int peer;
    private String complaint = "";

    PairwiseExchange(int rank, @Nullable Link[] links, FloatSum sum) {
        this.rank = rank;
        this.ranks = links.length;
        this.links = links;
        this.sum = sum;
        this.sent = new long[ranks];
        this.received = new long[ranks];
        this.sentSlices = new int[ranks];
        this.receivedSlices = new int[ranks];
    }

    @Override
    public void start(Operation next) {
        operation = next;
        unfinished = 0;
        for (int r = 0; r < ranks; r++) {
            sent[r] = next.sendStart[r];
            received[r] = next.receiveStart[r];
            sentSlices[r] = 0;
            receivedSlices[r] = 0;
            if (r != rank) {
                unfinished += sent[r] < next.sendEnd[r] ? 1 : 0;
                unfinished += received[r] < next.receiveEnd[r] ? 1 : 0;
            }
        }
        copyOwnPart(next);
        if (unfinished == 0) {
            finish(next);
        }
    }

    private void copyOwnPart(Operation op) {
        long bytes = op.receiveEnd[rank] - op.receiveStart[rank];
        boolean samePlace = op.send.address() == op.receive.address()
                && op.sendStart[rank] == op.receiveStart[rank]
                && op.send.heapBase().equals(op.receive.heapBase());
        if (bytes > 0 && !samePlace) {
            MemorySegment.copy(op.send, op.sendStart[rank], op.receive, op.receiveStart[rank], bytes);
        }
    }

    @Override
    public int advance() {
        Operation op = operation;
        if (op == null || unfinished == 0) {
            return 0;
        }
        int moved = 0;
        for (int i = 1; i < ranks; i++) {
            int to = rank + i < ranks ? rank + i : rank + i - ranks;
            moved += sendTo(op, to);
            int from = rank >= i ? rank - i : rank - i + ranks;
            moved += receiveFrom(op, from);
        }
        if (moved > 0 && unfinished == 0) {
            finish(op);
        }
        return moved;
    }

    private int sendTo(Operation op, int to) {
        Link link = links[to];
        if (link == null || sent[to] == op.sendEnd[to]) {
            return 0;
        }
        int length = (int) Math.min(link.maxPayload(), op.sendEnd[to] - sent[to]);
        long tag = FrameTag.of(op.kind, op.number, sentSlices[to]);
        if (!link.trySend(tag, op.send, sent[to], length)) {
            return 0;
        }
        sentSlices[to]++;
        sent[to] += length;
        unfinished -= sent[to] == op.sendEnd[to] ? 1 : 0;
        return 1;
    }

    private int receiveFrom(Operation op, int from) {
        Link link = links[from];
        if (link == null || received[from] == op.receiveEnd[from]) {
            return 0;
        }
        peer = from;
        return link.poll(this, POLL_LIMIT);
    }

    @Override
    public boolean onFrame(long tag, MemorySegment bytes, long offset, int length) {
        Operation op = operation;
        if (op == null || !complaint.isEmpty()) {
            return false;
        }
        long left = op.receiveEnd[peer] - received[peer];
        complaint = FrameTag.complaint(op, rank, peer, receivedSlices[peer], tag, length, left);
        if (!complaint.isEmpty()) {
            return false;
        }
        MemorySegment.copy(bytes, offset, op.receive, received[peer], length);
        receivedSlices[peer]++;
        received[peer] += length;
        boolean last = received[peer] == op.receiveEnd[peer];
        unfinished -= last ? 1 : 0;
        return !last; // the next frame may belong to the next operation
    }

    /// Sums the gathered parts of a small all-reduce in rank order.
    private void finish(Operation op) {
        long bytes = op.sumInto.byteSize();
        if (op.kind != Kind.ALL_REDUCE || bytes == 0) {
            return;
        }
        MemorySegment.copy(op.receive, op.receiveStart[0], op.sumInto, 0, bytes);
        for (int r = 1; r < ranks; r++) {
            sum.add(op.sumInto, 0, op.receive, op.receiveStart[r], bytes / Float.BYTES);
        }
    }

    @Override
    public boolean finished() {
        return unfinished == 0;
    }

    @Override
    public boolean waitsFor(int other) {
        Operation op = operation;
        return op != null
                && other != rank
                && (sent[other] < op.sendEnd[other] || received[other] < op.receiveEnd[other]);
    }

    @Override
    public String complaint() {
        return complaint;
    }
}
