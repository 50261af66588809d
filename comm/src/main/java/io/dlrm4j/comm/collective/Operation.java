package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.comm.transport.SharedMemory;
import java.lang.foreign.MemorySegment;

/// One started operation: what goes where, in bytes. Reused after its `await`, so that a step allocates nothing.
///
/// Part `r` of `send` goes to rank `r`, part `r` of `receive` comes from it. A ring uses the parts of `receive` as its
/// chunks.
final class Operation implements Pending {
    final Lane lane;
    final long[] sendStart;
    final long[] sendEnd;
    final long[] receiveStart;
    final long[] receiveEnd;
    Kind kind = Kind.BARRIER;
    int number;
    MemorySegment send = MemorySegment.NULL;
    MemorySegment receive = MemorySegment.NULL;
    /// Where a small all-reduce puts its sum after all parts are received.
    MemorySegment sumInto = MemorySegment.NULL;
    /// Where `send` lies in shared memory, or [SharedMemory#NOWHERE].
    long place = SharedMemory.NOWHERE;
    Way way = Way.PAIRWISE;
    boolean done;
    private boolean idle = true;
    private final Collectives owner;

    /// Which algorithm carries it out.
    enum Way {
        PAIRWISE,
        RING,
        DIRECT
    }

    Operation(Collectives owner, Lane lane, int ranks) {
        this.owner = owner;
        this.lane = lane;
        this.sendStart = new long[ranks];
        this.sendEnd = new long[ranks];
        this.receiveStart = new long[ranks];
        this.receiveEnd = new long[ranks];
    }

    void reuse(Kind newKind, MemorySegment newSend, MemorySegment newReceive, long newPlace) {
        kind = newKind;
        place = newPlace;
        send = newSend;
        receive = newReceive;
        sumInto = MemorySegment.NULL;
        way = Way.PAIRWISE;
        done = false;
        idle = false;
    }

    void sendPart(int rank, long start, long end) {
        sendStart[rank] = start;
        sendEnd[rank] = end;
    }

    void receivePart(int rank, long start, long end) {
        receiveStart[rank] = start;
        receiveEnd[rank] = end;
    }

    /// @return the bytes this rank receives, or holds to be summed
    long bytes() {
        long bytes = 0;
        for (int rank = 0; rank < receiveStart.length; rank++) {
            bytes += receiveEnd[rank] - receiveStart[rank];
        }
        return bytes;
    }

    /// @return the bytes of `rank`, which carries this out, that other ranks get
    long given(int rank) {
        int ranks = sendStart.length;
        long given = 0;
        if (way == Way.PAIRWISE) {
            for (int other = 0; other < ranks; other++) {
                given += other == rank ? 0 : sendEnd[other] - sendStart[other];
            }
            return given;
        }
        given = bytes() - chunk(rank); // on their way to whom sums them
        if (kind == Kind.ALL_REDUCE && way == Way.DIRECT) {
            given += (ranks - 1) * chunk(rank); // written to all others
        } else if (kind == Kind.ALL_REDUCE) {
            given += bytes() - chunk((rank + 1) % ranks); // passed on to the right, which finished that one
        }
        return given;
    }

    private long chunk(int rank) {
        return receiveEnd[rank] - receiveStart[rank];
    }

    @Override
    public void await() {
        if (idle) {
            return;
        }
        owner.await(this);
        idle = true;
        send = MemorySegment.NULL; // keep no caller's memory alive
        receive = MemorySegment.NULL;
        sumInto = MemorySegment.NULL;
        owner.giveBack(this);
    }

    /// @return as in messages: `all-reduce 17 on lane DENSE`
    @Override
    public String toString() {
        return "%s %d on lane %s".formatted(kind, number, lane);
    }
}
