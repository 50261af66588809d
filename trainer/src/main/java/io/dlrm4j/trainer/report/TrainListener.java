package io.dlrm4j.trainer.report;

import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;

/// Told by every rank's loop what happens; on rank 0 somebody prints it. Called by the loop's thread, so it must not
/// wait.
public interface TrainListener {
    /// Tells nobody.
    TrainListener NONE = new TrainListener() {};

    /// The job is built and about to train.
    default void started(JobStart start) {}

    /// A step is done.
    ///
    /// @param progress overwritten by the next step
    default void stepped(StepProgress progress) {}

    /// An evaluation is done.
    ///
    /// @param step steps done
    default void evaluated(long step, BinaryMetrics quality) {}

    /// A checkpoint is durable.
    ///
    /// @param checkpoint where it lies and what it cost
    default void saved(SavedCheckpoint checkpoint) {}

    /// Something that a person should know and that does not end the job; on rank 0 alone.
    default void warned(String message) {}

    /// The job is done.
    default void finished(TrainReport report) {}
}
