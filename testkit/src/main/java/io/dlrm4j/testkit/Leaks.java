package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.memory.OffHeap;

/// Says whether a piece of a test gives back all off-heap memory. Nothing else of the process may allocate meanwhile.
public final class Leaks {
    private Leaks() {}

    /// A piece of a test that may throw.
    @FunctionalInterface
    public interface Body {
        /// Runs it.
        void run() throws Exception;
    }

    /// Runs `body` and fails when more or less off-heap memory is allocated afterwards than before.
    public static void none(Body body) throws Exception {
        long before = OffHeap.liveBytes();
        body.run();
        assertThat(OffHeap.liveBytes() - before)
                .as("off-heap bytes left behind")
                .isZero();
    }
}
