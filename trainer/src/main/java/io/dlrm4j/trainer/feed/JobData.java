package io.dlrm4j.trainer.feed;

import io.dlrm4j.core.data.BatchSource;
import org.jspecify.annotations.Nullable;

/// What a job reads; every rank opens the same.
///
/// @param training samples of an epoch, in training order
/// @param evaluation samples of an evaluation, or null
/// @param firstEvaluationRow number of the first of them within the whole data set
public record JobData(BatchSource training, @Nullable BatchSource evaluation, long firstEvaluationRow)
        implements AutoCloseable {

    public static JobData open(io.dlrm4j.core.config.JobConfig config) { throw new IllegalStateException(); }
    public static JobData openEvaluation(io.dlrm4j.core.config.JobConfig config) { throw new IllegalStateException(); }

    /// @return the samples of an evaluation
    /// @throws IllegalArgumentException when there are none
    public BatchSource requireEvaluation() {
        if (evaluation == null) {
            throw new IllegalArgumentException("train.evaluate_on=none, want test or validation");
        }
        return evaluation;
    }

    @Override
    public void close() {
        training.close();
        if (evaluation != null) {
            evaluation.close();
        }
    }
}
