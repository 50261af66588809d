package io.dlrm4j.trainer.report;

import io.dlrm4j.core.metric.BinaryMetrics;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a job ended; the same on every rank but for the times.
///
/// @param steps steps done in all, those before a resume included
/// @param stepsHere steps done by this run
/// @param stopped whether it ended early because it was asked to
/// @param samplesHere samples this run trained on, over all ranks
/// @param trainSeconds time in steps, reader and other ranks included; without evaluation and checkpoints
/// @param lastLoss mean loss of the last step, NaN when this run did none
/// @param quality of the evaluation at the end, or null when there was none
/// @param checkpoint the last one, or null when none was written or continued
/// @param profile where the time went, or null when nobody asked
public record TrainReport(
        long steps,
        long stepsHere,
        boolean stopped,
        long samplesHere,
        double trainSeconds,
        double lastLoss,
        @Nullable BinaryMetrics quality,
        @Nullable Path checkpoint,
        @Nullable Profile profile) {
    /// @return samples a second over all ranks, 0 when this run did no step
    public double samplesPerSecond() {
        return trainSeconds > 0 ? samplesHere / trainSeconds : 0;
    }
}
