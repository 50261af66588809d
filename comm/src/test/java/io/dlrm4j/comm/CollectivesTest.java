package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectivesTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void keepTheirPromisesForEveryLength(int ranks) {
        LocalWorld.run(ranks, CollectiveChecks::all);
    }

    @Test
    void otherSizesOfASumAreNamed() {
        assertThatThrownBy(() -> LocalWorld.run(2, c -> {
                    try (OffHeap memory = OffHeap.unlimited("test")) {
                        c.allReduce(Lane.DENSE, memory.floats("data", 5_000 + c.rank()))
                                .await();
                    }
                }))
                .isInstanceOf(CommException.class)
                .hasMessageMatching("rank [01] is in all-reduce 0 on lane DENSE and expects 2000[04] bytes more from"
                        + " rank [01], which sent 2000[04]; the ranks disagree about sizes");
    }

    @Test
    void sumsInSharedMemoryAreMadeInTheSameOrderEveryTime() {
        var sums = new ConcurrentHashMap<Integer, Integer>(); // by run, the same on all ranks of it
        for (int run = 0; run < 3; run++) {
            int key = run;
            LocalWorld.run(4, c -> {
                Floats data = shared(c, 40_001);
                Random random = new Random(c.rank());
                for (int i = 0; i < 40_001; i++) {
                    data.set(i, random.nextFloat() * (1 << (i % 20)));
                }
                c.allReduce(Lane.DENSE, data).await();
                int hash = Arrays.hashCode(data.toArray());
                assertThat(sums.merge(key, hash, (a, b) -> a)).isEqualTo(hash);
            });
        }
        assertThat(sums.values().stream().distinct()).hasSize(1);
    }

    @Test
    void aSenderKeepsItsBufferUntilEverybodyHasReadIt() {
        LocalWorld.run(3, c -> {
            long part = 50_000;
            Floats send = shared(c, 3 * part);
            Floats receive = shared(c, 3 * part);
            long[] offsets = {0, 4 * part, 8 * part, 12 * part};
            for (int round = 0; round < 20; round++) {
                send.fill(100 * round + c.rank());
                if (round % 3 == c.rank()) {
                    LockSupport.parkNanos(2_000_000); // the others are done long before
                }
                c.allToAll(Lane.FORWARD, send.segment(), offsets, receive.segment(), offsets)
                        .await();
                send.fill(-1); // must not reach anybody
                for (int r = 0; r < 3; r++) {
                    assertThat(receive.get((r + 1) * part - 1)).isEqualTo(100 * round + r);
                }
            }
        });
    }

    private static Floats shared(Communicator c, long floats) {
        return new Floats(Objects.requireNonNull(c.sharedMemory()).allocate(floats * Float.BYTES, Float.BYTES));
    }

    @Test
    void memoryIsGivenBack() {
        long before = OffHeap.liveBytes();
        LocalWorld.run(3, c -> c.barrier(Lane.CONTROL).await());
        assertThat(OffHeap.liveBytes()).isEqualTo(before);
    }

    @Test
    void ownPartInTheSamePlaceIsLeftAlone() {
        LocalWorld.run(2, c -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats data = Floats.of(memory, "data", c.rank(), c.rank());
                long[] offsets = c.rank() == 0 ? new long[] {0, 8, 8} : new long[] {0, 0, 8};
                c.allToAll(Lane.FORWARD, data.segment(), offsets, data.segment(), offsets)
                        .await();
                assertThat(data.toArray()).containsExactly(c.rank(), c.rank());
            }
        });
    }

    @Test
    void aSecondAwaitReturnsAtOnce() {
        LocalWorld.run(2, c -> {
            Pending barrier = c.barrier(Lane.CONTROL);
            barrier.await();
            barrier.await();
        });
    }

    @Test
    void operationsInAnotherOrderAreNamedOnBothSides() {
        assertThatThrownBy(() -> LocalWorld.run(2, c -> {
                    MemorySegment data = MemorySegment.ofArray(new byte[8]);
                    if (c.rank() == 0) {
                        c.barrier(Lane.DENSE).await();
                    } else {
                        c.broadcast(Lane.DENSE, 1, data).await();
                        c.barrier(Lane.CONTROL).await();
                    }
                }))
                .isInstanceOf(CommException.class)
                .hasMessage("rank 0 is in barrier 0 on lane DENSE slice 0, rank 1 sent broadcast 0 slice 0;"
                        + " every rank must start the same operations in the same order on a lane");
    }

    @Test
    void partsOfOtherSizesAreNamed() {
        assertThatThrownBy(() -> LocalWorld.run(2, c -> {
                    MemorySegment data = MemorySegment.ofArray(new byte[c.rank() == 0 ? 100 : 200]);
                    c.broadcast(Lane.FORWARD, 1, data).await();
                    c.barrier(Lane.CONTROL).await();
                }))
                .isInstanceOf(CommException.class)
                .hasMessage("rank 0 is in broadcast 0 on lane FORWARD and expects 100 bytes more from rank 1,"
                        + " which sent 200; the ranks disagree about sizes");
    }

    @Test
    void aRankThatLeavesEarlyIsNamed() {
        assertThatThrownBy(() -> LocalWorld.run(3, c -> {
                    if (c.rank() != 1) {
                        c.barrier(Lane.CONTROL).await();
                    }
                }))
                .isInstanceOf(CommException.class)
                .hasMessageMatching("rank 1 left while rank [02] needs it in barrier 0 on lane CONTROL");
    }

    @Test
    void silenceEndsWithTheRanksWaitedFor() {
        var late = new java.util.concurrent.CountDownLatch(1);
        assertThatThrownBy(() -> LocalWorld.run(2, FloatSum.PLAIN, Duration.ofSeconds(1), c -> {
                    if (c.rank() == 0) {
                        try {
                            c.barrier(Lane.BACKWARD).await();
                        } finally {
                            late.countDown();
                        }
                    } else {
                        late.await();
                    }
                }))
                .isInstanceOf(CommException.class)
                .hasMessageMatching("rank 0: no progress for 1 s in barrier 0 on lane BACKWARD, waiting for rank 1"
                        + "|rank-0 not done within 1 s");
    }

    @Test
    void whatOneRankThrowsStopsTheOthersAndReachesTheCaller() {
        var seen = new ConcurrentHashMap<Integer, String>();
        IllegalStateException broken = new IllegalStateException("rank 1 is broken");
        assertThatThrownBy(() -> LocalWorld.run(3, c -> {
                    if (c.rank() == 1) {
                        throw broken;
                    }
                    try {
                        c.barrier(Lane.CONTROL).await();
                    } catch (CommException e) {
                        seen.put(c.rank(), String.valueOf(e.getMessage()));
                        throw e;
                    }
                }))
                .isSameAs(broken);
        assertThat(seen).hasSize(2).doesNotContainKey(1);
        assertThat(seen.values()).containsOnly("rank 1 failed: java.lang.IllegalStateException: rank 1 is broken");
    }

    @Test
    void abortReachesEveryRankWithOneSentence() {
        assertThatThrownBy(() -> LocalWorld.run(3, c -> {
                    if (c.rank() == 2) {
                        c.abort("loss is NaN in step 7");
                    }
                    c.barrier(Lane.CONTROL).await();
                }))
                .isInstanceOfSatisfying(
                        CommException.class, e -> assertThat(e.lostRank()).isEqualTo(2))
                .hasMessage("rank 2 gave up: loss is NaN in step 7");
    }

    @Test
    void wrongOffsetsAreRefused() {
        assertThatThrownBy(() -> LocalWorld.run(2, c -> {
                    MemorySegment data = MemorySegment.ofArray(new byte[8]);
                    c.allGather(Lane.CONTROL, data, new long[] {0, 9, 8}).await();
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "rank [01]: part offsets=\\[0, 9, 8], want 3 ascending offsets from 0 to at most 8");
    }

    @Test
    void aStepAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        LocalWorld.run(2, c -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats large = memory.floats("large", 50_000);
                Floats other = memory.floats("other", 50_000);
                Floats small = memory.floats("small", 100);
                Floats sharedLarge = shared(c, 50_000);
                long[] offsets = {0, 100_000, 200_000};
                for (int i = 0; i < 200; i++) {
                    step(c, large, other, small, offsets); // until compiled
                    step(c, sharedLarge, other, small, offsets);
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    step(c, large, other, small, offsets);
                    step(c, sharedLarge, other, small, offsets);
                }
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                assertThat(allocated / 200).as("bytes a step").isLessThan(16);
            }
        });
    }

    private static void step(Communicator c, Floats large, Floats other, Floats small, long[] offsets) {
        Pending forward = c.allToAll(Lane.FORWARD, large.segment(), offsets, other.segment(), offsets);
        Pending dense = c.allReduce(Lane.DENSE, small);
        forward.await();
        dense.await();
        c.allReduce(Lane.DENSE, large).await();
        c.barrier(Lane.CONTROL).await();
    }
}
