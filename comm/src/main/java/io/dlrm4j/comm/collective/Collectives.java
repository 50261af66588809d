package io.dlrm4j.comm.collective;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.CommListener;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.FloatSum;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.comm.collective.Operation.Way;
import io.dlrm4j.comm.transport.Link;
import io.dlrm4j.comm.transport.SharedMemory;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// The collectives of one rank over its links to all others.
///
/// The thread that is inside moves the bytes of all lanes, whichever operation it waits for, because another rank may
/// wait for one of the others.
public final class Collectives implements Communicator {
    /// Up to this many bytes an all-reduce gathers and sums in one step instead of travelling round the ring.
    static final long SMALL_BYTES = 8_192;

    private static final Lane[] LANES = Lane.values();

    private final int rank;
    private final int size;
    private final LaneQueue[] queues;
    private final @Nullable Link[][] links;
    private final @Nullable SharedMemory shared;
    private final boolean allShare;
    private final FirstFailure failure;
    private final Patience patience;
    private final long timeoutSeconds;
    private final Job job;
    private final OffHeap memory;
    private final MemorySegment[] scratch;
    private CommListener listener = CommListener.NONE;

    /// What joins the ranks beside the links, and ends with them.
    public interface Job {
        /// Makes this the failure of all ranks unless there is one already; returns when this rank knows of one.
        void declare(String sentence, int lostRank);

        /// Frees what the links stand on.
        void close();
    }

    /// @param links `[lane][peer]`, none to the rank itself
    /// @param shared memory that some ranks reach directly, owned from now on; null: none
    /// @param progressTimeout silence after which the rank gives up
    public Collectives(
            int rank,
            @Nullable Link[][] links,
            @Nullable SharedMemory shared,
            FloatSum sum,
            FirstFailure failure,
            Duration progressTimeout,
            Job job) {
        this.rank = rank;
        this.size = links[0].length;
        this.links = links;
        this.shared = shared;
        this.allShare = shared != null && shared.reachesAll();
        this.failure = failure;
        this.patience = new Patience(progressTimeout.toNanos());
        this.timeoutSeconds = progressTimeout.toSeconds();
        this.job = job;
        this.memory = OffHeap.unlimited("communicator of rank " + rank);
        this.queues = new LaneQueue[LANES.length];
        this.scratch = new MemorySegment[LANES.length];
        for (Lane lane : LANES) {
            queues[lane.index()] = new LaneQueue(this, lane, rank, links[lane.index()], sum, new Notice(shared));
            scratch[lane.index()] = memory.bytes("parts of small sums", size * SMALL_BYTES);
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public @Nullable SegmentAllocator sharedMemory() {
        return shared;
    }

    @Override
    public Pending allToAll(
            Lane lane, MemorySegment send, long[] sendOffsets, MemorySegment receive, long[] receiveOffsets) {
        checkOffsets("send", sendOffsets, send.byteSize());
        checkOffsets("receive", receiveOffsets, receive.byteSize());
        long own = sendOffsets[rank + 1] - sendOffsets[rank];
        if (own != receiveOffsets[rank + 1] - receiveOffsets[rank]) {
            throw new IllegalArgumentException("rank %d sends itself %d bytes but receives %d in an all-to-all"
                    .formatted(rank, own, receiveOffsets[rank + 1] - receiveOffsets[rank]));
        }
        Operation operation = begin(lane, Kind.ALL_TO_ALL, send, receive);
        for (int r = 0; r < size; r++) {
            operation.sendPart(r, sendOffsets[r], sendOffsets[r + 1]);
            operation.receivePart(r, receiveOffsets[r], receiveOffsets[r + 1]);
        }
        return started(operation);
    }

    @Override
    public Pending allReduce(Lane lane, Floats data) {
        long bytes = data.segment().byteSize();
        if (bytes > SMALL_BYTES) {
            Operation operation = begin(lane, Kind.ALL_REDUCE, data.segment(), data.segment());
            operation.way = allShare ? Way.DIRECT : Way.RING;
            long chunk = (bytes / size / 64 + 1) * 64; // whole cache lines
            for (int r = 0; r < size; r++) {
                operation.receivePart(r, Math.min(r * chunk, bytes), Math.min((r + 1) * chunk, bytes));
            }
            return started(operation);
        }
        // Each started operation of a lane needs the scratch only while it runs, and one runs at a time.
        Operation operation = begin(lane, Kind.ALL_REDUCE, data.segment(), scratch[lane.index()]);
        operation.sumInto = data.segment();
        for (int r = 0; r < size; r++) {
            operation.sendPart(r, 0, bytes);
            operation.receivePart(r, r * bytes, (r + 1) * bytes);
        }
        return started(operation);
    }

    @Override
    public Pending reduceScatter(Lane lane, Floats data, long[] offsets) {
        checkOffsets("part", offsets, data.length());
        Operation operation = begin(lane, Kind.REDUCE_SCATTER, data.segment(), data.segment());
        operation.way = Way.RING;
        for (int r = 0; r < size; r++) {
            operation.receivePart(r, offsets[r] * Float.BYTES, offsets[r + 1] * Float.BYTES);
        }
        return started(operation);
    }

    @Override
    public Pending allGather(Lane lane, MemorySegment data, long[] offsets) {
        checkOffsets("part", offsets, data.byteSize());
        return started(gather(Kind.ALL_GATHER, lane, data, offsets));
    }

    private Operation gather(Kind kind, Lane lane, MemorySegment data, long[] offsets) {
        Operation operation = begin(lane, kind, data, data);
        for (int r = 0; r < size; r++) {
            operation.sendPart(r, offsets[rank], offsets[rank + 1]);
            operation.receivePart(r, offsets[r], offsets[r + 1]);
        }
        return operation;
    }

    @Override
    public Pending broadcast(Lane lane, int root, MemorySegment data) {
        if (root < 0 || root >= size) {
            throw new IllegalArgumentException("broadcast from rank %d, want 0 to %d".formatted(root, size - 1));
        }
        Operation operation = begin(lane, Kind.BROADCAST, data, data);
        long bytes = data.byteSize();
        for (int r = 0; r < size; r++) {
            operation.sendPart(r, 0, rank == root && r != root ? bytes : 0);
            operation.receivePart(r, 0, rank != root && r == root ? bytes : 0);
        }
        return started(operation);
    }

    @Override
    public Pending barrier(Lane lane) {
        // Eight bytes from everyone to everyone: who has them all knows that all are here.
        MemorySegment tokens = scratch[lane.index()];
        Operation operation = begin(lane, Kind.BARRIER, tokens, tokens);
        for (int r = 0; r < size; r++) {
            operation.sendPart(r, (long) rank * Long.BYTES, (rank + 1L) * Long.BYTES);
            operation.receivePart(r, (long) r * Long.BYTES, (r + 1L) * Long.BYTES);
        }
        return started(operation);
    }

    @Override
    public byte[][] gatherBytes(byte[] mine) {
        long[] offsets = new long[size + 1];
        Arrays.setAll(offsets, r -> (long) r * Integer.BYTES);
        ByteBuffer lengths = ByteBuffer.allocate(size * Integer.BYTES);
        lengths.putInt(rank * Integer.BYTES, mine.length);
        allGather(Lane.CONTROL, MemorySegment.ofArray(lengths.array()), offsets).await();
        for (int r = 0; r < size; r++) {
            offsets[r + 1] = offsets[r] + lengths.getInt(r * Integer.BYTES);
        }
        byte[] all = new byte[Math.toIntExact(offsets[size])];
        System.arraycopy(mine, 0, all, (int) offsets[rank], mine.length);
        allGather(Lane.CONTROL, MemorySegment.ofArray(all), offsets).await();
        byte[][] parts = new byte[size][];
        for (int r = 0; r < size; r++) {
            parts[r] = Arrays.copyOfRange(all, (int) offsets[r], (int) offsets[r + 1]);
        }
        return parts;
    }

    private void checkOffsets(String what, long[] offsets, long length) {
        boolean ascending = offsets.length == size + 1 && offsets[0] >= 0 && offsets[size] <= length;
        for (int r = 0; ascending && r < size; r++) {
            ascending = offsets[r] <= offsets[r + 1];
        }
        if (!ascending) {
            throw new IllegalArgumentException("rank %d: %s offsets=%s, want %d ascending offsets from 0 to at most %d"
                    .formatted(rank, what, Arrays.toString(offsets), size + 1, length));
        }
    }

    private Operation begin(Lane lane, Kind kind, MemorySegment send, MemorySegment receive) {
        failure.check();
        Operation operation = queues[lane.index()].take();
        operation.reuse(kind, send, receive, shared == null ? SharedMemory.NOWHERE : shared.placeOf(send));
        return operation;
    }

    private Pending started(Operation operation) {
        listener.entered();
        queues[operation.lane.index()].add(operation);
        advance(operation.lane);
        return operation;
    }

    @Override
    public void progress() {
        failure.check();
        listener.entered();
        advance();
    }

    private int advance() {
        int moved = 0;
        for (Lane lane : LANES) {
            moved += advance(lane);
        }
        return moved;
    }

    private int advance(Lane lane) {
        int moved = queues[lane.index()].advance(listener);
        if (moved > 0) {
            listener.moved(lane);
        }
        return moved;
    }

    @Override
    public void listen(CommListener told) {
        listener = told;
    }

    /// Moves bytes until `operation` is finished.
    void await(Operation operation) {
        failure.check();
        patience.reset();
        failure.doing(operation);
        listener.entered();
        while (!operation.done) {
            if (advance() > 0) {
                patience.reset();
                continue;
            }
            failure.check();
            checkNobodyLeft();
            if (patience.exhausted()) {
                throw fail(
                        "rank %d: no progress for %d s in %s, %s"
                                .formatted(rank, timeoutSeconds, queues[operation.lane.index()].head(), missing()),
                        firstMissing());
            }
            listener.idled();
        }
        failure.doing(null);
    }

    private void checkNobodyLeft() {
        for (LaneQueue queue : queues) {
            for (int peer = 0; peer < size; peer++) {
                if (queue.abandonedBy(peer)) {
                    throw fail("rank %d left while rank %d needs it in %s".formatted(peer, rank, queue.head()), peer);
                }
            }
        }
    }

    private boolean waitsFor(int peer) {
        for (LaneQueue queue : queues) {
            if (queue.waitsFor(peer)) {
                return true;
            }
        }
        return false;
    }

    private int firstMissing() {
        int peer = 0;
        while (peer < size && !waitsFor(peer)) {
            peer++;
        }
        return peer < size ? peer : -1;
    }

    private String missing() {
        StringJoiner peers = new StringJoiner(", ");
        int count = 0;
        for (int peer = 0; peer < size; peer++) {
            if (waitsFor(peer)) {
                peers.add(Integer.toString(peer));
                count++;
            }
        }
        return (count == 1 ? "waiting for rank " : "waiting for ranks ") + peers;
    }

    void giveBack(Operation operation) {
        queues[operation.lane.index()].giveBack(operation);
    }

    /// Ends this rank and tells the others, unless there is a failure already.
    CommException fail(String sentence, int lostRank) {
        if (failure.get() == null) {
            job.declare(sentence, lostRank);
        }
        return failure.fail(sentence, lostRank);
    }

    @Override
    public void abort(String reason) {
        if (failure.get() == null) {
            job.declare("rank %d gave up: %s".formatted(rank, reason), rank);
        }
    }

    @Override
    public void close() {
        for (@Nullable Link[] lane : links) {
            for (Link link : lane) {
                if (link != null) {
                    link.close();
                }
            }
        }
        job.close();
        if (shared != null) {
            shared.close();
        }
        memory.close();
    }
}
