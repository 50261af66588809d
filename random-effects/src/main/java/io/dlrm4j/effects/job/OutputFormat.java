package io.dlrm4j.effects.job;

/// How models and scores are laid down.
///
/// @param layout whose folders and files
/// @param partitions of GDMix's random effects
/// @param samples whether GDMix's partitioned samples are written as well
public record OutputFormat(Layout layout, int partitions, boolean samples) {
    /// Models of all coefficients in `COORDINATE/models`, scores of the validation samples.
    public static final OutputFormat DLRM = new OutputFormat(Layout.DLRM, 1, false);

    /// Whose folders and files.
    public enum Layout {
        /// Ours.
        DLRM,
        /// GDMix's, with scores and metrics of every coordinate.
        GDMIX,
        /// Photon's (GAME).
        PHOTON
    }

    /// @throws IllegalArgumentException for no partition
    public OutputFormat {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions=%d, want 1 or more".formatted(partitions));
        }
    }
}
