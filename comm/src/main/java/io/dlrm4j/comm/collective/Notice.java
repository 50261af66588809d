package io.dlrm4j.comm.collective;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.dlrm4j.comm.transport.Link;
import io.dlrm4j.comm.transport.SharedMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A frame without the bytes themselves: where in shared memory they lie, or that they are needed no more.
///
/// Whoever has received a place reads the sender's memory, or writes it, until it answers that it is done; the frames
/// order the accesses of both. One thread uses it.
final class Notice {
    /// Place and length.
    static final int BYTES = 2 * Long.BYTES;

    private final @Nullable SharedMemory shared;
    private final MemorySegment frame = MemorySegment.ofArray(new long[2]);
    private long place;
    private long length;

    /// @param shared null: there is none
    Notice(@Nullable SharedMemory shared) {
        this.shared = shared;
    }

    /// @return whether a place means something to `peer`
    boolean reaches(int peer) {
        return shared != null && shared.reaches(peer);
    }

    /// Tells the receiver that `bytes` bytes lie at `at`.
    ///
    /// @return whether the frame is on its way
    boolean sendPlace(Link link, Operation op, long at, long bytes) {
        frame.set(JAVA_LONG_UNALIGNED, 0, at);
        frame.set(JAVA_LONG_UNALIGNED, Long.BYTES, bytes);
        return link.trySend(FrameTag.of(op.kind, op.number, FrameTag.PLACE), frame, 0, BYTES);
    }

    /// Tells the receiver that this rank needs its memory no more.
    ///
    /// @return whether the frame is on its way
    boolean sendDone(Link link, Operation op) {
        return link.trySend(FrameTag.of(op.kind, op.number, FrameTag.DONE), frame, 0, BYTES);
    }

    /// Reads a frame that [#sendPlace] made.
    void read(MemorySegment bytes, long offset) {
        place = bytes.get(JAVA_LONG_UNALIGNED, offset);
        length = bytes.get(JAVA_LONG_UNALIGNED, offset + Long.BYTES);
    }

    /// @return the place last read
    long place() {
        return place;
    }

    /// @return bytes at the place last read
    long length() {
        return length;
    }

    /// @return the memory of `peer` that holds the place last read; null: none that this rank can reach
    @Nullable
    MemorySegment memory(int peer) {
        return shared == null ? null : shared.area(peer, place, length);
    }
}
