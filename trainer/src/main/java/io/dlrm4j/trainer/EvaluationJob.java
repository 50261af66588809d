package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.manifest.Position;
import io.dlrm4j.trainer.report.TrainListener;

/// Evaluates a checkpoint: one rank of a job. Every rank of the job runs it at the same time.
public final class EvaluationJob {
    private EvaluationJob() {}

    /// @param config `checkpoint.path` says which checkpoint, `train.evaluate_on` which rows
    /// @param communicator joined; stays open
    /// @param listener told of checkpoints that are skipped, and of the result
    /// @return quality of the checkpoint's model, the same on every rank
    public static BinaryMetrics run(JobConfig config, Communicator communicator, TrainListener listener) {
        return RankScope.run(config.getTrain(), communicator, memory -> {
            try (JobData data = JobData.open(config)) {
                return run(config, communicator, data, memory, listener);
            }
        });
    }

    /// Evaluates on data that is open already and stays open.
    public static BinaryMetrics run(JobConfig config, Communicator communicator, JobData data, TrainListener listener) {
        return RankScope.run(
                config.getTrain(), communicator, memory -> run(config, communicator, data, memory, listener));
    }

    private static BinaryMetrics run(
            JobConfig config, Communicator communicator, JobData data, OffHeap memory, TrainListener listener) {
        try (RestoredModel restored =
                RestoredModel.open(config, data.requireEvaluation(), communicator, memory, listener::warned)) {
            BinaryMetrics quality = restored.evaluator().evaluate();
            Position position = restored.checkpoint().manifest().getPosition();
            listener.evaluated(position.getStep(), quality);
            Evaluator.warn("step " + position.getStep(), quality, communicator, listener);
            return quality;
        }
    }
}
