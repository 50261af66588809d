package io.dlrm4j.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class OffHeapTest {
    @Test
    void closingGivesBackEverything() {
        long before = OffHeap.liveBytes();
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats small = memory.floats("small", 10);
            Floats huge = memory.hugeFloats("huge", 3_000_000);
            huge.set(2_999_999, 1.5f);
            assertThat(small.toArray()).containsOnly(0f);
            assertThat(huge.get(0)).isZero();
            assertThat(huge.segment().address() % HugePages.BYTES).isZero();
            assertThat(OffHeap.liveBytes() - before).isEqualTo(40 + 12_000_000);
        }
        assertThat(OffHeap.liveBytes()).isEqualTo(before);
    }

    @Test
    void refusesWhatPassesTheLimitAndSaysWhy() {
        try (OffHeap memory = new OffHeap("rank 2", 4 << 20)) {
            memory.floats("table 0", 1 << 19);
            assertThatThrownBy(() -> memory.floats("table 1", 1 << 20))
                    .isInstanceOf(MemoryLimitException.class)
                    .hasMessage("memory of rank 2: table 1 needs 4.0 MiB, but 2.0 MiB of 4.0 MiB are taken;"
                            + " raise train.memory_limit_mib, use more ranks or a smaller model");
            assertThat(memory.budget()).contains("table 0").doesNotContain("table 1");
        }
    }

    @Test
    void viewsEndWithTheirOwner() {
        OffHeap memory = OffHeap.unlimited("test");
        Floats floats = memory.floats("x", 4);
        memory.close();
        assertThatThrownBy(() -> floats.get(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.ints("y", 1)).hasMessage("memory of test: closed, cannot allocate y");
    }

    @Test
    void aPartCountsAgainstTheWholeAndGivesBackWhenItEnds() {
        long before = OffHeap.liveBytes();
        OffHeap memory = new OffHeap("job", 4 << 20, "do less");
        memory.ints("kept", 256);
        OffHeap part = memory.part("exchanged");
        Ints ints = part.ints("slots", 1 << 19);
        assertThat(memory.allocatedBytes()).isEqualTo((2 << 20) + 1024);
        assertThatThrownBy(() -> memory.part("other").ints("more", 1 << 19))
                .isInstanceOf(MemoryLimitException.class)
                .hasMessageEndingWith("do less");
        part.close();
        part.close();
        assertThatThrownBy(() -> ints.get(0)).isInstanceOf(IllegalStateException.class);
        assertThat(memory.entries()).containsExactly(new OffHeap.Entry("kept", 1024));
        assertThat(memory.mostAllocatedBytes()).isEqualTo((2 << 20) + 1024);
        Ints last = memory.part("another").ints("slots", 1 << 19);
        memory.close();
        assertThatThrownBy(() -> last.get(0)).isInstanceOf(IllegalStateException.class);
        assertThat(OffHeap.liveBytes()).isEqualTo(before);
    }

    @Test
    void sharedMemoryComesFromElsewhereAndCounts() {
        long before = OffHeap.liveBytes();
        try (Arena elsewhere = Arena.ofConfined()) {
            MemorySegment given = elsewhere.allocate(40, 64);
            try (OffHeap memory = new OffHeap("rank 2", 50, (bytes, alignment) -> given)) {
                Floats shared = memory.sharedFloats("gradients", 10);
                assertThat(shared.segment()).isEqualTo(given);
                assertThat(memory.budget()).contains("gradients");
                assertThatThrownBy(() -> memory.sharedFloats("more", 3)).isInstanceOf(MemoryLimitException.class);
            }
            given.fill((byte) 1); // outlives the owner
        }
        try (OffHeap alone = OffHeap.unlimited("test")) {
            assertThat(alone.sharedFloats("gradients", 10).length()).isEqualTo(10);
        }
        assertThat(OffHeap.liveBytes()).isEqualTo(before);
    }
}
