package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.score.ScoreWriter;
import java.io.IOException;
import java.nio.file.Path;

/// Scores rows with a checkpoint's model and writes their logits: one rank of a job. Every rank of the job runs it at
/// the same time; rank 0 writes.
public final class ScoringJob {
    private ScoringJob() {}

    /// @param config `checkpoint.path` says which checkpoint, `train.evaluate_on` which rows
    /// @param communicator joined; stays open
    /// @param out the file, whose suffix chooses the format: `.csv`, `.avro` or `.parquet`
    /// @param listener told of checkpoints that are skipped
    /// @return rows scored, the same on every rank
    public static long run(JobConfig config, Communicator communicator, Path out, TrainListener listener) {
        ScoreWriter.requireKnown(out);
        return RankScope.run(config.getTrain(), communicator, memory -> {
            try (JobData data = JobData.open(config)) {
                return run(config, communicator, data, out, memory, listener);
            }
        });
    }

    /// Scores data that is open already and stays open.
    public static long run(
            JobConfig config, Communicator communicator, JobData data, Path out, TrainListener listener) {
        ScoreWriter.requireKnown(out);
        return RankScope.run(
                config.getTrain(), communicator, memory -> run(config, communicator, data, out, memory, listener));
    }

    private static long run(
            JobConfig config, Communicator communicator, JobData data, Path out, OffHeap memory, TrainListener listener)
            throws IOException {
        try (RestoredModel restored =
                RestoredModel.open(config, data.requireEvaluation(), communicator, memory, listener::warned)) {
            if (communicator.rank() == 0) {
                write(restored.evaluator(), data.firstEvaluationRow(), out);
            } else {
                restored.evaluator().forEachScore((row, label, logit) -> {});
            }
            communicator.gatherBytes(new byte[0]); // nobody is done before the file is
            return data.requireEvaluation().samples();
        }
    }

    private static void write(Evaluator evaluator, long firstRow, Path out) throws IOException {
        try (ScoreWriter scores = ScoreWriter.open(out)) {
            evaluator.forEachScore((row, label, logit) -> scores.add(firstRow + row, label, logit));
            scores.finish();
        }
    }
}
