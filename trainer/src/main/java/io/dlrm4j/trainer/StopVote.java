package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Has all ranks stop after the same step when one of them was asked to: eight bytes a rank travel beside each step.
final class StopVote {
    private final Communicator communicator;
    private final StopRequest request;
    private final MemorySegment votes; // one long a rank: 1 when it was asked
    private final long[] offsets;
    private Pending pending = Pending.DONE;

    /// @param request of this rank
    StopVote(Communicator communicator, StopRequest request, OffHeap memory) {
        this.communicator = communicator;
        this.request = request;
        this.votes = memory.bytes("votes to stop", (long) communicator.size() * Long.BYTES);
        this.offsets = new long[communicator.size() + 1];
        for (int rank = 0; rank < offsets.length; rank++) {
            offsets[rank] = (long) rank * Long.BYTES;
        }
    }

    /// Starts to ask all ranks; every rank does so before the same step.
    void start() {
        votes.setAtIndex(ValueLayout.JAVA_LONG, communicator.rank(), request.isWanted() ? 1 : 0);
        pending = communicator.allGather(Lane.CONTROL, votes, offsets);
    }

    /// Waits for the answers, which came with the step.
    ///
    /// @return whether all ranks stop now
    boolean isCarried() {
        pending.await();
        pending = Pending.DONE;
        for (int rank = 0; rank < communicator.size(); rank++) {
            if (votes.getAtIndex(ValueLayout.JAVA_LONG, rank) != 0) {
                return true;
            }
        }
        return false;
    }
}
