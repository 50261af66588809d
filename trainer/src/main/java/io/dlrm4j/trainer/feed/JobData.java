package io.dlrm4j.trainer.feed;

import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.criteo.PreparedData;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a job reads; every rank opens the same.
///
/// @param training samples of an epoch, in training order
/// @param evaluation samples of an evaluation, or null
/// @param firstEvaluationRow number of the first of them within the whole data set
public record JobData(BatchSource training, @Nullable BatchSource evaluation, long firstEvaluationRow)
        implements AutoCloseable {

    /// Opens what `data.path` and `train.evaluate_on` say.
    ///
    /// @throws IllegalArgumentException when they say nothing, or something else than there is
    /// @throws IOException when the folder cannot be read
    public static JobData open(JobConfig config) throws IOException {
        if (config.getData().getPath().isEmpty()) {
            throw new IllegalArgumentException(
                    "data.path is empty, want a folder written by dlrm prepare or dlrm generate");
        }
        PreparedData prepared = PreparedData.open(Path.of(config.getData().getPath()));
        long training = prepared.manifest().rows().training();
        long test = prepared.manifest().rows().test();
        String part = config.getTrain().getEvaluateOn();
        BatchSource evaluation = switch (part) {
            case "test" -> prepared.test();
            case "validation" -> prepared.validation();
            case "last_day" -> prepared.lastDay();
            case "all" -> prepared.all();
            case "none" -> null;
            default ->
                throw new IllegalArgumentException(
                        "train.evaluate_on=%s, want test, validation, last_day, all or none".formatted(part));
        };
        long first = switch (part) {
            case "validation" -> training + test;
            case "all" -> 0;
            default -> training;
        };
        if (evaluation != null && evaluation.samples() == 0) {
            evaluation.close();
            throw new IllegalArgumentException("train.evaluate_on=%s: %s has no such rows; choose another part or none"
                    .formatted(part, prepared.folder()));
        }
        DataConfig data = config.getData();
        return new JobData(prepared.training(data.getShuffle(), data.getShuffleSeed()), evaluation, first);
    }

    /// @return the samples of an evaluation
    /// @throws IllegalArgumentException when there are none
    public BatchSource requireEvaluation() {
        if (evaluation == null) {
            throw new IllegalArgumentException("train.evaluate_on=none, want test, validation, last_day or all");
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
