package io.dlrm4j.trainer;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.checkpoint.CheckpointSaver;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import io.dlrm4j.trainer.feed.Schedule;
import io.dlrm4j.trainer.manifest.Position;
import io.dlrm4j.trainer.report.TrainListener;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// When a job writes checkpoints, and what a failed one means: nothing but a warning while older ones and the next
/// attempt can make it good; the end of the job when too many in a row fail, or the last, without which the work would
/// be lost unsaid.
final class Checkpointing {
    private final CheckpointSaver saver;
    private final Schedule schedule;
    private final boolean first;
    private final boolean asynchronous;
    private final int maxFailures;
    private int failures;
    private @Nullable Path last;
    private TrainListener listener = TrainListener.NONE;

    /// @param first whether this is rank 0, which tells people
    Checkpointing(JobConfig config, CheckpointSaver saver, Schedule schedule, boolean first) {
        this.saver = saver;
        this.first = first;
        this.schedule = schedule;
        this.asynchronous = config.getCheckpoint().getAsynchronous();
        this.maxFailures = config.getCheckpoint().getMaxFailures();
    }

    /// @param resumedFrom the checkpoint that is continued, or null
    /// @param told of every checkpoint that is finished, and of those that fail
    void start(@Nullable Path resumedFrom, TrainListener told) {
        last = resumedFrom;
        listener = told;
    }

    /// @return the newest finished one, or null
    @Nullable
    Path last() {
        return last;
    }

    /// Before each step.
    void beforeStep() {
        saver.startPoll();
    }

    /// After each step.
    ///
    /// @param batch of the step
    void afterStep(Batch batch) {
        saver.trained(batch);
        try {
            SavedCheckpoint saved = saver.poll();
            if (saved != null) {
                finished(saved);
            }
        } catch (CheckpointException e) {
            failed(e, false);
        }
    }

    /// Saves the model as it is after `done` steps.
    ///
    /// @param isLast whether no step follows
    /// @param begin by [System#nanoTime], when this rank stopped training for it
    void save(long done, boolean isLast, long begin) {
        long since = begin;
        if (saver.isUnderWay()) {
            finish(false);
            since = System.nanoTime(); // until here it stood still for the one before
        }
        Position position = Position.newBuilder()
                .setStep(done)
                .setEpoch(schedule.epoch(done))
                .setSample(schedule.first(done))
                .setSamples(schedule.samples())
                .build();
        try {
            saver.begin(position, since);
        } catch (CheckpointException e) {
            failed(e, isLast);
            return;
        }
        if (isLast || !asynchronous) {
            finish(isLast);
        }
    }

    private void finish(boolean isLast) {
        try {
            finished(saver.finish());
        } catch (CheckpointException e) {
            failed(e, isLast);
        }
    }

    private void finished(SavedCheckpoint saved) {
        failures = 0;
        last = saved.path();
        listener.saved(saved);
    }

    private void failed(CheckpointException e, boolean isLast) {
        failures++;
        String kept = last == null ? "there is none before it" : last + " is whole";
        if (e.isBeyondRepair()) {
            throw new DivergedException("%s; %s: %s".formatted(e.getMessage(), kept, DivergedException.ADVICE));
        }
        if (isLast) {
            throw new CheckpointException(
                    "the last checkpoint could not be written; %s: %s".formatted(kept, e.getMessage()), e);
        }
        if (failures >= maxFailures) {
            throw new CheckpointException(
                    "%d checkpoints in a row could not be written (checkpoint.max_failures=%d); %s: %s"
                            .formatted(failures, maxFailures, kept, e.getMessage()),
                    e);
        }
        if (first) {
            warn(kept, e);
        }
    }

    private void warn(String kept, CheckpointException e) {
        listener.warned("a checkpoint could not be written, training goes on (failure %d of %d); %s: %s"
                .formatted(failures, maxFailures, kept, e.getMessage()));
    }
}
