package io.dlrm4j.trainer.feed;

/// Told by the reader's thread of every batch, before the batch is handed over.
@FunctionalInterface
public interface ReadListener {
    /// Listens to nothing.
    ReadListener NONE = (step, start, end) -> {};

    /// A batch was read and checked.
    ///
    /// @param step that will train on it
    /// @param start when reading began, as [System#nanoTime]
    /// @param end when it ended
    void read(long step, long start, long end);
}
