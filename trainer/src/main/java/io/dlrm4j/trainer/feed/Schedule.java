package io.dlrm4j.trainer.feed;

import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.TrainConfig;

/// Which samples each step trains on: a pure function of the step, so that a resumed job continues where it stopped.
///
/// @param samples samples of an epoch's source
/// @param batchSize samples of a full global batch
/// @param dropLast whether an incomplete last batch is left out
/// @param steps steps of the whole run
public record Schedule(long samples, int batchSize, boolean dropLast, long steps) {
    public Schedule {
        if (batchSize < 1) {
            throw new IllegalArgumentException("data.batch_size=%d, want 1 or more".formatted(batchSize));
        }
        if (samples < 1 || (dropLast && samples < batchSize)) {
            throw new IllegalArgumentException(
                    "training samples=%d, want %d or more".formatted(samples, dropLast ? batchSize : 1));
        }
    }

    /// @param samples samples of the training part
    /// @return the schedule as configured
    public static Schedule of(DataConfig data, TrainConfig train, long samples) {
        if (train.getEpochs() < 1) {
            throw new IllegalArgumentException("train.epochs=%d, want 1 or more".formatted(train.getEpochs()));
        }
        Schedule epoch = new Schedule(samples, data.getBatchSize(), data.getDropLast(), 0);
        long steps = Math.multiplyExact(epoch.stepsPerEpoch(), train.getEpochs());
        long limit = train.getMaxSteps() > 0 ? Math.min(steps, train.getMaxSteps()) : steps;
        return new Schedule(samples, data.getBatchSize(), data.getDropLast(), limit);
    }

    /// @return steps of one epoch
    public long stepsPerEpoch() {
        return dropLast ? samples / batchSize : Math.ceilDiv(samples, (long) batchSize);
    }

    /// @return epochs that are finished before `step`
    public long epoch(long step) {
        return step / stepsPerEpoch();
    }

    /// @return first sample of `step` within its epoch
    public long first(long step) {
        return step % stepsPerEpoch() * batchSize;
    }

    /// @return samples of `step`
    public int count(long step) {
        return (int) Math.min(batchSize, samples - first(step));
    }
}
