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
    private static final float[] NOTHING = {};

    private ScoringJob() {}

    /// @param config `checkpoint.path` says which checkpoint, `train.evaluate_on` which rows
    /// @param communicator joined; stays open
    /// @param out the file, whose suffix chooses the format: `.csv`, `.avro` or `.parquet`
    /// @param hidden whether the activations of the top MLP's last hidden layer are written too, which takes
    ///     `.parquet` and the engine `cpu` or `nd4j`
    /// @param listener told of checkpoints that are skipped
    /// @return rows scored, the same on every rank
    public static long run(
            JobConfig config, Communicator communicator, Path out, boolean hidden, TrainListener listener) {
        ScoreWriter.requireKnown(out, hidden);
        return RankScope.run(config.getTrain(), communicator, memory -> {
            try (JobData data = JobData.open(config)) {
                return run(config, communicator, data, out, hidden, memory, listener);
            }
        });
    }

    /// Scores data that is open already and stays open.
    public static long run(
            JobConfig config,
            Communicator communicator,
            JobData data,
            Path out,
            boolean hidden,
            TrainListener listener) {
        ScoreWriter.requireKnown(out, hidden);
        return RankScope.run(
                config.getTrain(),
                communicator,
                memory -> run(config, communicator, data, out, hidden, memory, listener));
    }

    private static long run(
            JobConfig config,
            Communicator communicator,
            JobData data,
            Path out,
            boolean hidden,
            OffHeap memory,
            TrainListener listener)
            throws IOException {
        try (RestoredModel restored =
                RestoredModel.open(config, data.requireEvaluation(), communicator, memory, listener::warned)) {
            Evaluator evaluator = restored.evaluator();
            int width = hidden ? evaluator.wantHidden(memory) : 0;
            if (communicator.rank() == 0) {
                write(evaluator, data.firstEvaluationRow(), out, width);
            } else {
                evaluator.forEachScore((row, label, logit, _) -> {});
            }
            communicator.gatherBytes(new byte[0]); // nobody is done before the file is
            return data.requireEvaluation().samples();
        }
    }

    private static void write(Evaluator evaluator, long firstRow, Path out, int width) throws IOException {
        try (ScoreWriter scores = ScoreWriter.open(out, width)) {
            evaluator.forEachScore((row, label, logit, hidden) ->
                    scores.add(firstRow + row, label, logit, width == 0 ? NOTHING : hidden.toArray()));
            scores.finish();
        }
    }
}
