package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.FloatSum;
import io.dlrm4j.comm.transport.FrameReceiver;
import io.dlrm4j.comm.transport.Link;
import io.dlrm4j.comm.transport.SharedMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Every rank sends its parts straight to their receivers, one frame to each in turn, starting with its right
/// neighbour so that no rank is everybody's first target.
///
/// A large part that lies in shared memory is not sent: its receiver is told the place, copies it from there, and
/// answers when it is done.
///
/// Carries all-to-all, all-gather, broadcast, barrier and, for few floats, all-reduce: there every rank gathers all
/// parts and sums them in rank order, which gives the same bits everywhere in one step.
final class PairwiseExchange implements Algorithm, FrameReceiver {
    private static final int POLL_LIMIT = 4;
    /// From here on a part that lies in shared memory is told by its place; below, its bytes are there sooner.
    private static final long PLACE_BYTES = 16 << 10;

    private final int rank;
    private final int ranks;
    private final @Nullable Link[] links;
    private final FloatSum sum;
    private final long[] sent;
    private final long[] received;
    private final Notice notice;
    private final boolean[] lent; // to the peer, which reads this rank's memory until it is done
    private final boolean[] borrowed; // from the peer, which has still to be told that this rank is done
    private final int[] sentSlices;
    private final int[] receivedSlices;
    private @Nullable Operation operation;
    private boolean ownPartWaits;
    private int unfinished;
    private int peer;
    private String complaint = "";

    PairwiseExchange(int rank, @Nullable Link[] links, FloatSum sum, Notice notice) {
        this.rank = rank;
        this.ranks = links.length;
        this.links = links;
        this.sum = sum;
        this.notice = notice;
        this.lent = new boolean[ranks];
        this.borrowed = new boolean[ranks];
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
        ownPartWaits = true;
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
        if (op == null) {
            return 0;
        }
        int moved = 0;
        for (int i = 1; i < ranks; i++) {
            moved += sendTo(op, rank + i < ranks ? rank + i : rank + i - ranks);
        }
        if (ownPartWaits) { // while the others take what they were told
            copyOwnPart(op);
            ownPartWaits = false;
            moved++;
        }
        for (int i = 1; i < ranks; i++) {
            moved += receiveFrom(op, rank >= i ? rank - i : rank - i + ranks);
        }
        if (moved > 0 && unfinished == 0) {
            finish(op);
        }
        return moved;
    }

    private int sendTo(Operation op, int to) {
        Link link = links[to];
        if (link == null) {
            return 0;
        }
        if (borrowed[to] && notice.sendDone(link, op)) {
            borrowed[to] = false;
            unfinished--;
            return 1;
        }
        return sent[to] < op.sendEnd[to] ? sendPart(op, to, link) : 0;
    }

    private int sendPart(Operation op, int to, Link link) {
        long left = op.sendEnd[to] - sent[to];
        if (op.place != SharedMemory.NOWHERE && sentSlices[to] == 0 && left >= PLACE_BYTES && notice.reaches(to)) {
            if (!notice.sendPlace(link, op, op.place + sent[to], left)) {
                return 0;
            }
            sent[to] = op.sendEnd[to];
            lent[to] = true;
            return 1;
        }
        int length = (int) Math.min(link.maxPayload(), left);
        long tag = FrameTag.of(op.kind, op.number, sentSlices[to]);
        if (!link.trySend(tag, op.send, sent[to], length)) {
            return 0;
        }
        sentSlices[to]++;
        sent[to] += length;
        unfinished -= length == left ? 1 : 0;
        return 1;
    }

    private int receiveFrom(Operation op, int from) {
        Link link = links[from];
        if (link == null || !expects(op, from)) {
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
        if (lent[peer] && tag == FrameTag.of(op.kind, op.number, FrameTag.DONE)) {
            lent[peer] = false;
            unfinished--;
        } else if (receivedSlices[peer] == 0 && tag == FrameTag.of(op.kind, op.number, FrameTag.PLACE)) {
            notice.read(bytes, offset);
            fetch(op, left);
        } else {
            takeSlice(op, tag, bytes, offset, length, left);
        }
        return complaint.isEmpty() && expects(op, peer); // else the next frame may belong to the next operation
    }

    private void takeSlice(Operation op, long tag, MemorySegment bytes, long offset, int length, long left) {
        complaint = FrameTag.complaint(op, rank, peer, receivedSlices[peer], tag, length, left);
        if (complaint.isEmpty()) {
            MemorySegment.copy(bytes, offset, op.receive, received[peer], length);
            receivedSlices[peer]++;
            received[peer] += length;
            unfinished -= length == left ? 1 : 0;
        }
    }

    /// Copies the peer's part from where the peer says it lies.
    private void fetch(Operation op, long left) {
        MemorySegment memory = notice.length() == left ? notice.memory(peer) : null;
        if (memory == null) {
            complaint = notice.length() == left
                    ? FrameTag.unreachable(op, rank, peer)
                    : FrameTag.otherSize(op, rank, peer, notice.length(), left);
            return;
        }
        MemorySegment.copy(memory, SharedMemory.byteOf(notice.place()), op.receive, received[peer], left);
        received[peer] += left;
        borrowed[peer] = true;
    }

    private boolean expects(Operation op, int from) {
        return lent[from] || received[from] < op.receiveEnd[from];
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
                && (sent[other] < op.sendEnd[other] || borrowed[other] || expects(op, other));
    }

    @Override
    public String complaint() {
        return complaint;
    }
}
