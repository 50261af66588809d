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
import java.util.concurrent.ConcurrentHashMap;
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
                long[] offsets = {0, 100_000, 200_000};
                for (int i = 0; i < 200; i++) {
                    step(c, large, other, small, offsets); // until compiled
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    step(c, large, other, small, offsets);
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
