package io.dlrm4j.comm.transport;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import io.dlrm4j.comm.CommException;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/// A link over Aeron: one exclusive publication there, one image back.
///
/// A frame is one Aeron fragment, written into the claimed part of the term and read where it lies, so bytes are
/// copied once on each side and never put together again; the tag travels in the header's reserved value. The window
/// is half a term inside a host and the receiver's window between hosts.
///
/// A frame that travels through a network ends with its [FrameChecksum]; or it is sealed: then it carries encrypted
/// bytes
/// and 16 more that prove them and the tag. A frame that does not prove itself is told once, and nothing is taken from
/// this link any more.
@SuppressWarnings("restricted") // terms are mapped by Aeron, which tells their addresses alone
final class AeronLink implements Link, ControlledFragmentHandler {
    /// All memory; Aeron's buffers come as addresses, and wrapping each frame would allocate.
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final int PAYLOAD_UNIT = 64;

    private final ExclusivePublication out;
    private final Subscription in;
    private final BufferClaim claim = new BufferClaim();
    private final int peer;
    private final boolean checked;
    private final int trailer;
    private final FrameChecksum checksum = new FrameChecksum();
    private final int maxPayload;
    private final @Nullable Seal seal;
    private boolean broken;
    private @Nullable Image image;
    private @Nullable FrameReceiver receiver;
    private String damage = "";

    /// Encrypts what goes and decrypts what comes.
    ///
    /// @param out of this direction's key
    /// @param in of the other direction's key
    /// @param onForgery told when a frame does not prove itself
    record Seal(FrameCipher out, FrameCipher in, Runnable onForgery) {}

    /// @param peer the rank at the other end
    /// @param network whether frames pass through a network, and are therefore checked
    /// @param seal null: frames travel as they are
    AeronLink(ExclusivePublication out, Subscription in, int peer, boolean network, @Nullable Seal seal) {
        this.out = out;
        this.in = in;
        this.peer = peer;
        this.seal = seal;
        this.checked = network && seal == null; // a seal finds damage as well
        this.trailer = seal != null ? FrameCipher.TAG_BYTES : checked ? FrameChecksum.BYTES : 0;
        this.maxPayload = (out.maxPayloadLength() - trailer) / PAYLOAD_UNIT * PAYLOAD_UNIT;
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
        if (out.tryClaim(length + trailer, claim) < 0) {
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
            if (checked) {
                int crc = checksum.of(tag, claim.buffer(), claim.offset(), length);
                claim.buffer().putInt(claim.offset() + length, crc);
            }
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
        int frames = from.controlledPoll(this, limit);
        if (!damage.isEmpty()) {
            throw new CommException(damage, peer);
        }
        return frames;
    }

    @Override
    public Action onFragment(DirectBuffer buffer, int offset, int length, Header header) {
        FrameReceiver to = receiver;
        if (to == null) {
            return Action.ABORT;
        }
        long tag = header.reservedValue();
        long at = buffer.addressOffset() + offset;
        int payload = length - trailer;
        if (seal != null) {
            return unsealed(seal, to, tag, at, length);
        }
        if (checked && !isWhole(tag, buffer, offset, payload)) {
            damage = "a frame of %d bytes from rank %d was damaged on its way: its CRC-32C is wrong; check the network"
                    .formatted(length, peer);
            return Action.ABORT; // thrown by poll: what is thrown here goes to Aeron's log
        }
        boolean more = to.onFrame(tag, MEMORY, at, payload);
        return more ? Action.CONTINUE : Action.BREAK;
    }

    private Action unsealed(Seal opened, FrameReceiver to, long tag, long at, int length) {
        if (!opened.in.decrypt(tag, MEMORY, at, length)) {
            broken = true;
            opened.onForgery.run();
            return Action.ABORT;
        }
        boolean more = to.onFrame(tag, opened.in.plain(), 0, length - trailer);
        return more ? Action.CONTINUE : Action.BREAK;
    }

    private boolean isWhole(long tag, DirectBuffer buffer, int offset, int payload) {
        return payload > 0 && checksum.of(tag, buffer, offset, payload) == buffer.getInt(offset + payload);
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
