package io.dlrm4j.comm.transport;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/// A link over Aeron: one exclusive publication there, one image back.
///
/// A frame is one Aeron fragment, written into the claimed part of the term and read where it lies, so bytes are
/// copied once on each side and never put together again; the tag travels in the header's reserved value. The window
/// is half a term inside a host and the receiver's window between hosts.
///
/// Between hosts frames may be sealed: then a frame carries encrypted bytes and 16 more that prove them and the
/// tag. A frame that does not prove itself is told once, and nothing is taken from this link any more.
@SuppressWarnings("restricted") // terms are mapped by Aeron, which tells their addresses alone
final class AeronLink implements Link, ControlledFragmentHandler {
    /// All memory; Aeron's buffers come as addresses, and wrapping each frame would allocate.
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final int PAYLOAD_UNIT = 64;

    private final ExclusivePublication out;
    private final Subscription in;
    private final BufferClaim claim = new BufferClaim();
    private final int maxPayload;
    private final @Nullable Seal seal;
    private boolean broken;
    private @Nullable Image image;
    private @Nullable FrameReceiver receiver;

    /// Encrypts what goes and decrypts what comes.
    ///
    /// @param out of this direction's key
    /// @param in of the other direction's key
    /// @param onForgery told when a frame does not prove itself
    record Seal(FrameCipher out, FrameCipher in, Runnable onForgery) {}

    /// @param seal null: frames travel as they are
    AeronLink(ExclusivePublication out, Subscription in, @Nullable Seal seal) {
        this.out = out;
        this.in = in;
        this.seal = seal;
        int room = out.maxPayloadLength() - (seal == null ? 0 : FrameCipher.TAG_BYTES);
        this.maxPayload = room / PAYLOAD_UNIT * PAYLOAD_UNIT;
    }

    /// @return whether frames can go and come
    boolean isConnected() {
        if (image == null && in.imageCount() > 0) {
            image = in.imageAtIndex(0);
        }
        return image != null && out.isConnected();
    }

    @Override
    public int maxPayload() {
        return maxPayload;
    }

    @Override
    public boolean trySend(long tag, MemorySegment from, long offset, int length) {
        // BACK_PRESSURED and ADMIN_ACTION pass; NOT_CONNECTED and CLOSED do not, and show in ended() or on the lifeline
        if (out.tryClaim(seal == null ? length : length + FrameCipher.TAG_BYTES, claim) < 0) {
            return false;
        }
        boolean copied = false;
        try {
            long to = claim.buffer().addressOffset() + claim.offset();
            if (seal == null) {
                MemorySegment.copy(from, offset, MEMORY, to, length);
            } else {
                seal.out.encrypt(tag, from, offset, length, MEMORY, to);
            }
            claim.reservedValue(tag);
            copied = true;
        } finally {
            if (copied) {
                claim.commit();
            } else {
                claim.abort(); // an open claim would block the stream until the driver's timeout
            }
        }
        return true;
    }

    @Override
    public int poll(FrameReceiver frameReceiver, int limit) {
        Image from = image;
        if (from == null || broken) {
            return 0;
        }
        receiver = frameReceiver;
        return from.controlledPoll(this, limit);
    }

    @Override
    public Action onFragment(DirectBuffer buffer, int offset, int length, Header header) {
        FrameReceiver to = receiver;
        if (to == null) {
            return Action.ABORT;
        }
        long at = buffer.addressOffset() + offset;
        if (seal != null) {
            return unsealed(seal, to, header.reservedValue(), at, length);
        }
        boolean more = to.onFrame(header.reservedValue(), MEMORY, at, length);
        return more ? Action.CONTINUE : Action.BREAK;
    }

    private Action unsealed(Seal opened, FrameReceiver to, long tag, long at, int length) {
        if (!opened.in.decrypt(tag, MEMORY, at, length)) {
            broken = true;
            opened.onForgery.run();
            return Action.ABORT;
        }
        boolean more = to.onFrame(tag, opened.in.plain(), 0, length - FrameCipher.TAG_BYTES);
        return more ? Action.CONTINUE : Action.BREAK;
    }

    @Override
    public boolean ended() {
        Image from = image;
        return from != null && (from.isClosed() || from.isEndOfStream());
    }

    @Override
    public void close() {
        out.close();
        in.close();
    }
}
