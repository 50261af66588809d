package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.memory.OffHeap;
import org.junit.jupiter.api.Test;

class LeaksTest {
    @Test
    void whatIsClosedIsNoLeak() throws Exception {
        Leaks.none(() -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                memory.floats("x", 10);
            }
        });
    }

    @Test
    void whatIsLeftOpenIsALeak() {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            assertThatThrownBy(() -> Leaks.none(() -> memory.floats("x", 10)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("off-heap bytes left behind");
        }
    }
}
