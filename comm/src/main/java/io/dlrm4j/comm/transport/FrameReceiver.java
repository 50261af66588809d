package io.dlrm4j.comm.transport;

import java.lang.foreign.MemorySegment;

/// Takes frames straight from the transport's buffer.
@FunctionalInterface
public interface FrameReceiver {
    /// Takes one frame; the bytes are valid during the call only. Must not throw: transports differ in what they do
    /// with an exception here.
    ///
    /// @return whether further frames are wanted in this poll
    boolean onFrame(long tag, MemorySegment bytes, long offset, int length);
}
