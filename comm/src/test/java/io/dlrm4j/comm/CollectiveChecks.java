package io.dlrm4j.comm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// What each collective promises, checked on one rank of any world, wherever the buffers lie.
public final class CollectiveChecks {
    private final Communicator c;
    private final Where where;

    /// In which memory the buffers lie.
    private enum Where {
        PRIVATE,
        SHARED,
        /// Shared on every other rank.
        MIXED
    }

    private CollectiveChecks(Communicator c, Where where) {
        this.c = c;
        this.where = where;
    }

    /// Lengths in floats: none, one, fewer than ranks, not a multiple of anything, above the small limit, above every
    /// transport's window.
    public static long[] lengths(int ranks) {
        return new long[] {0, 1, ranks - 1, 16L * ranks + 1, 2_048, 2_049, 70_001, 475_985};
    }

    /// Runs every check with every length and place of the buffers.
    public static void all(Communicator c) {
        for (Where where : Where.values()) {
            new CollectiveChecks(c, where).all();
        }
    }

    private void all() {
        for (long length : lengths(c.size())) {
            sumsOverRanks(length);
            everyRankHoldsTheSameBits(length);
            scattersTheSum(length);
            gathersUnevenParts(length);
            broadcasts(length);
            exchangesVariableParts(length);
        }
        barriersAndBytes();
        severalLanesAtOnce();
    }

    private Floats floats(OffHeap memory, long count) {
        return new Floats(bytes(memory, count * Float.BYTES));
    }

    private MemorySegment bytes(OffHeap memory, long bytes) {
        SegmentAllocator shared = c.sharedMemory();
        boolean share = where == Where.SHARED || (where == Where.MIXED && c.rank() % 2 == 1);
        return share && shared != null ? shared.allocate(bytes, Float.BYTES) : memory.bytes("check", bytes);
    }

    private void sumsOverRanks(long length) {
        try (OffHeap memory = OffHeap.unlimited("check")) {
            Floats data = floats(memory, length);
            for (long i = 0; i < length; i++) {
                data.set(i, (int) (i % 1_000) + 1_000f * c.rank());
            }
            c.allReduce(Lane.DENSE, data).await();
            int ranks = c.size();
            for (long i = 0; i < length; i++) {
                float want = ranks * (int) (i % 1_000) + 1_000f * ranks * (ranks - 1) / 2; // exact in a float
                if (data.get(i) != want) {
                    assertThat(data.get(i))
                            .as("float %d of %d on rank %d", i, length, c.rank())
                            .isEqualTo(want);
                }
            }
        }
    }

    private void everyRankHoldsTheSameBits(long length) {
        try (OffHeap memory = OffHeap.unlimited("check")) {
            Floats data = floats(memory, length);
            Random random = new Random(c.rank() + 31 * length);
            for (long i = 0; i < length; i++) {
                data.set(i, random.nextFloat() - 0.5f);
            }
            c.allReduce(Lane.DENSE, data).await();
            int hash = Arrays.hashCode(data.toArray());
            byte[] mine = Integer.toString(hash).getBytes(StandardCharsets.UTF_8);
            for (byte[] other : c.gatherBytes(mine)) {
                assertThat(other).isEqualTo(mine);
            }
        }
    }

    private void scattersTheSum(long length) {
        try (OffHeap memory = OffHeap.unlimited("check")) {
            long[] offsets = unevenOffsets(c.size(), length, 1);
            Floats data = floats(memory, length);
            for (long i = 0; i < length; i++) {
                data.set(i, (int) (i % 97) + c.rank());
            }
            c.reduceScatter(Lane.DENSE, data, offsets).await();
            int ranks = c.size();
            for (long i = offsets[c.rank()]; i < offsets[c.rank() + 1]; i++) {
                assertThat(data.get(i)).isEqualTo(ranks * (int) (i % 97) + ranks * (ranks - 1) / 2f);
            }
        }
    }

    private void gathersUnevenParts(long length) {
        try (OffHeap memory = OffHeap.unlimited("check")) {
            long[] offsets = unevenOffsets(c.size(), length, 0);
            MemorySegment data = bytes(memory, length);
            data.asSlice(offsets[c.rank()], offsets[c.rank() + 1] - offsets[c.rank()])
                    .fill((byte) (c.rank() + 1));
            c.allGather(Lane.CONTROL, data, offsets).await();
            for (int r = 0; r < c.size(); r++) {
                for (long i = offsets[r]; i < offsets[r + 1]; i++) {
                    checkByte(data, i, (byte) (r + 1));
                }
            }
        }
    }

    private void broadcasts(long length) {
        int root = c.size() - 1;
        try (OffHeap memory = OffHeap.unlimited("check")) {
            MemorySegment data = bytes(memory, length);
            data.fill((byte) (c.rank() == root ? 7 : 1));
            c.broadcast(Lane.CONTROL, root, data).await();
            for (long i = 0; i < length; i++) {
                checkByte(data, i, (byte) 7);
            }
        }
    }

    /// Rank `a` sends `length * (a + 2 b) % 5` bytes of value `16 a + b` to rank `b`; some parts are empty.
    private void exchangesVariableParts(long length) {
        int ranks = c.size();
        long[] sendOffsets = new long[ranks + 1];
        long[] receiveOffsets = new long[ranks + 1];
        for (int r = 0; r < ranks; r++) {
            sendOffsets[r + 1] = sendOffsets[r] + length * ((c.rank() + 2 * r) % 5);
            receiveOffsets[r + 1] = receiveOffsets[r] + length * ((r + 2 * c.rank()) % 5);
        }
        try (OffHeap memory = OffHeap.unlimited("check")) {
            MemorySegment send = bytes(memory, sendOffsets[ranks]);
            MemorySegment receive = bytes(memory, receiveOffsets[ranks]);
            for (int r = 0; r < ranks; r++) {
                send.asSlice(sendOffsets[r], sendOffsets[r + 1] - sendOffsets[r])
                        .fill((byte) (16 * c.rank() + r));
            }
            c.allToAll(Lane.FORWARD, send, sendOffsets, receive, receiveOffsets).await();
            for (int r = 0; r < ranks; r++) {
                for (long i = receiveOffsets[r]; i < receiveOffsets[r + 1]; i++) {
                    checkByte(receive, i, (byte) (16 * r + c.rank()));
                }
            }
        }
    }

    private void barriersAndBytes() {
        c.barrier(Lane.CONTROL).await();
        byte[] mine = "x".repeat(c.rank() * 1_000).getBytes(StandardCharsets.UTF_8);
        byte[][] all = c.gatherBytes(mine);
        assertThat(all).hasNumberOfRows(c.size());
        for (int r = 0; r < c.size(); r++) {
            assertThat(all[r]).hasSize(r * 1_000).containsOnly(r == 0 ? new byte[0] : new byte[] {'x'});
        }
    }

    /// Ends the operations of four lanes in another order on each rank.
    private void severalLanesAtOnce() {
        try (OffHeap memory = OffHeap.unlimited("check")) {
            List<Pending> started = new ArrayList<>();
            List<Floats> sums = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                for (Lane lane : Lane.values()) {
                    Floats data = floats(memory, 100_003L + round);
                    data.fill(c.rank() + 1);
                    sums.add(data);
                    started.add(c.allReduce(lane, data));
                }
                c.progress();
            }
            Collections.shuffle(started, new Random(c.rank()));
            started.forEach(Pending::await);
            for (Floats sum : sums) {
                assertThat(sum.get(sum.length() - 1)).isEqualTo(c.size() * (c.size() + 1) / 2f);
            }
        }
    }

    private static long[] unevenOffsets(int ranks, long length, int shift) {
        long[] offsets = new long[ranks + 1];
        long weights = 0;
        for (int r = 0; r < ranks; r++) {
            weights += (r + shift) % 3;
        }
        long sum = 0;
        for (int r = 0; r < ranks; r++) {
            sum += (r + shift) % 3;
            offsets[r + 1] = weights == 0 ? 0 : length * sum / weights;
        }
        offsets[ranks] = length;
        return offsets;
    }

    private static void checkByte(MemorySegment data, long index, byte want) {
        byte is = data.get(JAVA_BYTE, index);
        if (is != want) {
            assertThat(is).as("byte %d of %d", index, data.byteSize()).isEqualTo(want);
        }
    }
}
