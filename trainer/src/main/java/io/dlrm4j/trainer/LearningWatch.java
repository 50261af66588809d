package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.metric.LearningCheck;
import io.dlrm4j.trainer.report.TrainListener;
import java.nio.ByteBuffer;

/// Says while a job trains, long before its next evaluation or without any, that its loss is no better than
/// always answering the base rate: over two windows of steps in a row, each beside the labels of its own samples.
/// Every rank calls the same methods at the same place.
final class LearningWatch {
    static final int WINDOW = 500;

    private final Communicator communicator;
    private final boolean isLogLoss;
    private final long firstStep;
    private double labels; // of this rank
    private long samples; // of this rank
    private double lossSum; // of all ranks
    private long lossSamples;
    private boolean wasStuck;
    private boolean said;

    /// @param firstStep of this run
    LearningWatch(Communicator communicator, LossKind loss, long firstStep) {
        this.communicator = communicator;
        this.isLogLoss = loss == LossKind.BCE;
        this.firstStep = firstStep;
    }

    /// Takes note of a batch that is trained on.
    void started(Batch batch) {
        Floats all = batch.labels();
        for (int sample = 0; sample < batch.size(); sample++) {
            labels += all.get(sample);
        }
        samples += batch.size();
    }

    /// Takes note of the loss of a step.
    ///
    /// @param loss mean over the global batch
    /// @param count samples of it
    void finished(double loss, int count) {
        lossSum += loss * count;
        lossSamples += count;
    }

    /// @return whether a window ends with this step, so that [#check] is to be called when it is finished
    boolean isDue(long done) {
        return isLogLoss && (done - firstStep) % WINDOW == 0;
    }

    /// Ends a window. Waits for the other ranks.
    void check(long done, TrainListener listener) {
        byte[] mine = ByteBuffer.allocate(Double.BYTES + Long.BYTES)
                .putDouble(labels)
                .putLong(samples)
                .array();
        double ones = 0;
        long all = 0;
        for (byte[] each : communicator.gatherBytes(mine)) {
            ones += ByteBuffer.wrap(each).getDouble(0);
            all += ByteBuffer.wrap(each).getLong(Double.BYTES);
        }
        String verdict = LearningCheck.stuck(lossSum / lossSamples, ones / all);
        boolean isStuck = !verdict.isEmpty();
        if (isStuck && wasStuck && !said && communicator.rank() == 0) {
            listener.warned("step %d: the model has learned nothing in the last %d steps: %s; %s"
                    .formatted(done, 2 * WINDOW, verdict, Evaluator.ADVICE));
        }
        said = isStuck && wasStuck;
        wasStuck = isStuck;
        labels = 0;
        samples = 0;
        lossSum = 0;
        lossSamples = 0;
    }
}
