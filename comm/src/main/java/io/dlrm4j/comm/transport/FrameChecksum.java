package io.dlrm4j.comm.transport;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/// The CRC-32C of a frame that travels through a network, tag included: UDP's own checksum has 16 bits, and cards that
/// compute it have been seen to pass what memory or a switch had changed.
///
/// Computed where the bytes lie; one thread uses it, and nothing is allocated after the first frame of a stream.
final class FrameChecksum {
    /// What it adds to a frame, after the payload.
    static final int BYTES = Integer.BYTES;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer tagBytes = ByteBuffer.allocate(Long.BYTES);
    private @Nullable ByteBuffer seen;
    private ByteBuffer view = tagBytes;

    /// @param buffer of a term of Aeron's, so within a mapped file
    /// @return the checksum of `tag` and of `length` bytes at `offset`
    @SuppressWarnings("ReferenceEquality") // another object is another mapping
    int of(long tag, DirectBuffer buffer, int offset, int length) {
        ByteBuffer mapped = buffer.byteBuffer();
        if (mapped != seen) {
            view = mapped.duplicate(); // its position is this thread's own
            seen = mapped;
        }
        int start = buffer.wrapAdjustment() + offset;
        view.limit(start + length).position(start);
        crc.reset();
        crc.update(tagBytes.putLong(0, tag).rewind());
        crc.update(view);
        return (int) crc.getValue();
    }
}
