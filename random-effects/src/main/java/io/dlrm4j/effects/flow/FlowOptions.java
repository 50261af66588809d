package io.dlrm4j.effects.flow;

import java.nio.file.Path;

/// What the embedded engine may use.
///
/// @param temporary folder under which a folder for the database and its spilled data is made
/// @param memoryBytes the engine's limit; what does not fit is spilled
/// @param threads the engine's threads
public record FlowOptions(Path temporary, long memoryBytes, int threads) {
    private static final long LEAST_MEMORY = 128L << 20;

    /// Checks the numbers.
    public FlowOptions {
        if (memoryBytes < LEAST_MEMORY || threads < 1) {
            throw new IllegalArgumentException("memoryBytes=%d threads=%d, want %d bytes or more and a thread"
                    .formatted(memoryBytes, threads, LEAST_MEMORY));
        }
    }

    /// @param temporary folder for spilled data
    /// @return half a gibibyte and as many threads as there are processors
    public static FlowOptions in(Path temporary) {
        return new FlowOptions(temporary, 512L << 20, Runtime.getRuntime().availableProcessors());
    }
}
