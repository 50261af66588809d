package io.dlrm4j.comm;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/// A world of one rank: every operation is done when it is started, and the only cost is the copy of the own part of
/// an all-to-all whose two buffers differ.
public final class SingleRank implements Communicator {
    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public @Nullable SegmentAllocator sharedMemory() {
        return null;
    }

    @Override
    public Pending allToAll(
            Lane lane, MemorySegment send, long[] sendOffsets, MemorySegment receive, long[] receiveOffsets) {
        long bytes = sendOffsets[1] - sendOffsets[0];
        if (bytes != receiveOffsets[1] - receiveOffsets[0]) {
            throw new IllegalArgumentException("rank 0 sends itself %d bytes but receives %d in an all-to-all"
                    .formatted(bytes, receiveOffsets[1] - receiveOffsets[0]));
        }
        MemorySegment.copy(send, sendOffsets[0], receive, receiveOffsets[0], bytes);
        return Pending.DONE;
    }

    @Override
    public Pending allReduce(Lane lane, Floats data) {
        return Pending.DONE;
    }

    @Override
    public Pending reduceScatter(Lane lane, Floats data, long[] offsets) {
        return Pending.DONE;
    }

    @Override
    public Pending allGather(Lane lane, MemorySegment data, long[] offsets) {
        return Pending.DONE;
    }

    @Override
    public Pending broadcast(Lane lane, int root, MemorySegment data) {
        return Pending.DONE;
    }

    @Override
    public Pending barrier(Lane lane) {
        return Pending.DONE;
    }

    @Override
    public byte[][] gatherBytes(byte[] mine) {
        return new byte[][] {mine.clone()};
    }

    @Override
    public void progress() {}

    @Override
    public void listen(CommListener listener) {}

    @Override
    public void abort(String reason) {}

    @Override
    public void close() {}
}
