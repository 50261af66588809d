package io.dlrm4j.criteo;

/// Told how far a long run is, by the thread that runs it.
@FunctionalInterface
public interface ProgressListener {
    /// Hears nothing.
    ProgressListener NONE = (_, _, _) -> {};

    /// @param done bytes read from the inputs so far; rows written where there are no inputs
    /// @param total bytes of all inputs; rows wanted where there are none
    /// @param rows rows so far
    void at(long done, long total, long rows);
}
