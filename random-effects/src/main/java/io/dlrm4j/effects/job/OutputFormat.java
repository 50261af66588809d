package io.dlrm4j.effects.job;

import java.util.Locale;

/// How models and scores are laid down.
///
/// @param layout whose folders and files
/// @param partitions of GDMix's random effects
/// @param samples whether GDMix's partitioned samples are written as well
/// @param models which models Photon's layout has beside the best
/// @param groups whether metrics of each entity are written beside them, by the evaluators that look at entities
public record OutputFormat(Layout layout, int partitions, boolean samples, Models models, boolean groups) {
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

    /// Which models lie in Photon's `ROOT/models/N`, its `--output-mode`. The best lies in `ROOT/best` always.
    public enum Models {
        /// None.
        BEST,
        /// Those whose penalties the configuration says, one or a path of them.
        EXPLICIT,
        /// Those whose penalties a search chose.
        TUNED,
        /// All.
        ALL;

        /// @param tuned whether a search chose their penalties
        boolean isWritten(boolean tuned) {
            return this == ALL || this == (tuned ? TUNED : EXPLICIT);
        }
    }

    /// The best models alone.
    public OutputFormat(Layout layout, int partitions, boolean samples) {
        this(layout, partitions, samples, Models.BEST, false);
    }

    /// @throws IllegalArgumentException for no partition, or for models or groups that the layout does not have
    public OutputFormat {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions=%d, want 1 or more".formatted(partitions));
        }
        if (layout != Layout.PHOTON && (models != Models.BEST || groups)) {
            throw new IllegalArgumentException("an output mode or groups in the layout %s, want photon's"
                    .formatted(layout.name().toLowerCase(Locale.ROOT)));
        }
        if (groups && models == Models.BEST) {
            throw new IllegalArgumentException(
                    "groups are measured for the models of an output mode, want explicit, tuned or all");
        }
    }

    /// @throws IllegalArgumentException when groups are wanted of a configuration that measures none
    public void requireFits(EffectsConfig config) {
        boolean measured = config.descent().evaluators().stream()
                .anyMatch(evaluator -> !evaluator.entity().isEmpty());
        if (groups && (!measured || config.data().validation() == null)) {
            throw new IllegalArgumentException(
                    "groups without data.validation and an evaluator that looks at entities, want one as AUC:user_id");
        }
    }
}
