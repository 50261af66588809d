package io.dlrm4j.trainer.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Takes the bytes of a file from its first to its last.
@FunctionalInterface
interface Sink {
    /// Takes all of `source`, which may change afterwards.
    void write(MemorySegment source) throws IOException;
}
