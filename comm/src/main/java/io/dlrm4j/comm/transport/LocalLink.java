package io.dlrm4j.comm.transport;

import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.jspecify.annotations.Nullable;

/// A link between two threads of one JVM: two rings in shared memory, one for each direction.
///
/// A message of a ring is a frame: the tag (8 bytes, native order), then the payload.
public final class LocalLink implements Link, ControlledMessageHandler {
    private static final int RING_BYTES = 128 << 10;
    private static final int TAG_BYTES = Long.BYTES;
    private static final int MESSAGE_TYPE = 1;
    private static final int MAX_PAYLOAD = RING_BYTES / 8 - 64; // a ring takes messages of an eighth of its size

    private final Ring out;
    private final Ring in;
    private @Nullable FrameReceiver receiver;

    /// One direction, and whether its sender has ended it.
    private record Ring(MemorySegment memory, OneToOneRingBuffer frames, AtomicBoolean ended) {
        static Ring allocate(OffHeap owner, String name) {
            MemorySegment memory = owner.bytes(name, RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH);
            UnsafeBuffer buffer =
                    new UnsafeBuffer(memory.asByteBuffer().order(ByteOrder.nativeOrder()), 0, (int) memory.byteSize());
            return new Ring(memory, new OneToOneRingBuffer(buffer), new AtomicBoolean());
        }
    }

    private LocalLink(Ring out, Ring in) {
        this.out = out;
        this.in = in;
    }

    /// Makes the links of a whole world.
    ///
    /// @param owner owns the rings, 128 KiB each, one for each lane and ordered pair of ranks
    /// @return links `[rank][lane][peer]`; a rank has none to itself
    public static @Nullable Link[][][] world(OffHeap owner, int ranks, int lanes) {
        @Nullable Link[][][] links = new Link[ranks][lanes][ranks];
        for (int lane = 0; lane < lanes; lane++) {
            for (int a = 0; a < ranks; a++) {
                for (int b = a + 1; b < ranks; b++) {
                    Ring there = Ring.allocate(owner, "ring");
                    Ring back = Ring.allocate(owner, "ring");
                    links[a][lane][b] = new LocalLink(there, back);
                    links[b][lane][a] = new LocalLink(back, there);
                }
            }
        }
        return links;
    }

    @Override
    public int maxPayload() {
        return MAX_PAYLOAD;
    }

    @Override
    public boolean trySend(long tag, MemorySegment from, long offset, int length) {
        int index = out.frames.tryClaim(MESSAGE_TYPE, TAG_BYTES + length);
        if (index < 0) {
            return false;
        }
        boolean copied = false;
        try {
            out.frames.buffer().putLong(index, tag);
            MemorySegment.copy(from, offset, out.memory, index + TAG_BYTES, length);
            copied = true;
        } finally {
            if (copied) {
                out.frames.commit(index);
            } else {
                out.frames.abort(index); // an open claim would block the ring for ever
            }
        }
        return true;
    }

    @Override
    public int poll(FrameReceiver frameReceiver, int limit) {
        receiver = frameReceiver;
        return in.frames.controlledRead(this, limit);
    }

    @Override
    public Action onMessage(int messageType, MutableDirectBuffer buffer, int index, int length) {
        FrameReceiver to = receiver;
        if (to == null) {
            return Action.ABORT;
        }
        boolean more = to.onFrame(buffer.getLong(index), in.memory, index + TAG_BYTES, length - TAG_BYTES);
        return more ? Action.CONTINUE : Action.BREAK;
    }

    @Override
    public boolean ended() {
        // the flag first: whatever was sent before it was set is then visible
        return in.ended.get() && in.frames.size() == 0;
    }

    @Override
    public void close() {
        out.ended.set(true);
    }
}
