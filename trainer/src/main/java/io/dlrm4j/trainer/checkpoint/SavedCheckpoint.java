package io.dlrm4j.trainer.checkpoint;

import java.nio.file.Path;
import java.util.Locale;

/// A checkpoint that was just finished, and what it cost.
///
/// @param step steps done
/// @param path its folder
/// @param bytes written, by all ranks
/// @param fullBytes of a full checkpoint of this job
/// @param full whether this is one; else it holds the rows touched since the last full one
/// @param stallNanos time in which this rank did not train because of it, waiting for other ranks included; at
///     most `nanos`
/// @param nanos from when this rank stopped training for it until it was durable
public record SavedCheckpoint(
        long step, Path path, long bytes, long fullBytes, boolean full, long stallNanos, long nanos) {
    /// @return what was written and how long training stood still, for people
    public String cost() {
        String share = full
                ? ""
                : String.format(Locale.ROOT, " of %.1f MB, the rows touched since the last full one", fullBytes / 1e6);
        return String.format(
                Locale.ROOT,
                "%.1f MB%s, training stood still for %.0f ms, on disk after %.0f ms",
                bytes / 1e6,
                share,
                stallNanos / 1e6,
                nanos / 1e6);
    }
}
