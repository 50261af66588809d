package io.dlrm4j.trainer.report;

/// What the last step did; one object a job, overwritten by each step.
public final class StepProgress {
    private long step;
    private long steps;
    private long epoch;
    private double loss;
    private int samples;
    private double learningRate;
    private long dataNanos;
    private long waitNanos;
    private long moveNanos;
    private long nanos;

    /// Says which step is meant.
    public void at(long newStep, long ofSteps, long newEpoch, int newSamples, double newLearningRate) {
        step = newStep;
        steps = ofSteps;
        epoch = newEpoch;
        samples = newSamples;
        learningRate = newLearningRate;
    }

    /// Says how it went.
    public void result(double newLoss, long newNanos, long newDataNanos, long newWaitNanos, long newMoveNanos) {
        loss = newLoss;
        nanos = newNanos;
        dataNanos = newDataNanos;
        waitNanos = newWaitNanos;
        moveNanos = newMoveNanos;
    }

    /// @return steps done, this one included
    public long step() {
        return step;
    }

    /// @return steps of the whole run
    public long steps() {
        return steps;
    }

    /// @return epochs done before this step
    public long epoch() {
        return epoch;
    }

    /// @return mean loss of the global batch before the update
    public double loss() {
        return loss;
    }

    /// @return samples of the global batch
    public int samples() {
        return samples;
    }

    /// @return the rate of this step
    public double learningRate() {
        return learningRate;
    }

    /// @return nanoseconds this rank waited for the reader
    public long dataNanos() {
        return dataNanos;
    }

    /// @return nanoseconds this rank waited for other ranks and had nothing to do
    public long waitNanos() {
        return waitNanos;
    }

    /// @return nanoseconds in which this rank copied and summed what it exchanges with other ranks
    public long moveNanos() {
        return moveNanos;
    }

    /// @return nanoseconds of the step, waiting included
    public long nanos() {
        return nanos;
    }
}
