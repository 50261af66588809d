package io.dlrm4j.comm.transport;

import java.lang.foreign.MemorySegment;

/// Frames to and from one peer on one lane: in order, none lost, none twice, never waiting.
///
/// A frame is a tag of eight bytes and up to [#maxPayload] bytes. What is sent and not yet received is bounded by the
/// transport's window; sending more is refused until the peer has received some, so a caller that wants to send must
/// keep receiving. One thread uses a link.
public interface Link extends AutoCloseable {
    /// @return the largest frame in bytes, a multiple of 64
    int maxPayload();

    /// Copies `length` bytes (1 to [#maxPayload]) into a frame and hands it over, if there is room now.
    ///
    /// @return whether the frame is on its way; false: try again later
    /// @throws io.dlrm4j.comm.CommException when the transport is closed
    boolean trySend(long tag, MemorySegment from, long offset, int length);

    /// Hands up to `limit` frames that are there to `receiver`.
    ///
    /// @return the number of frames received
    /// @throws io.dlrm4j.comm.CommException when a frame was damaged on its way; nothing of it was handed over
    int poll(FrameReceiver receiver, int limit);

    /// @return whether the peer closed its side and all its frames were received
    boolean ended();

    /// Tells the peer that no more frames will come; those sent before still arrive.
    @Override
    void close();
}
