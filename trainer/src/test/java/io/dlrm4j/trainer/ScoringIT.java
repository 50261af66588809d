package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.core.metric.ScoreCollector;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoringIT {
    private static final long FIRST_ROW = 1000;

    @TempDir
    Path folder;

    private JobConfig config = JobConfig.getDefaultInstance();
    private final List<BinaryMetrics> trained = new ArrayList<>();

    @BeforeEach
    void train() {
        JobConfig.Builder builder = SmallJob.config(OptimizerKind.ROW_WISE_ADAGRAD);
        builder.getCheckpointBuilder().setPath(folder.resolve("checkpoints").toString());
        config = builder.build();
        LocalWorld.run(2, communicator -> {
            try (JobData data = SmallJob.data()) {
                BinaryMetrics quality = TrainingJob.run(config, communicator, data, TrainListener.NONE)
                        .quality();
                if (communicator.rank() == 0) {
                    trained.add(quality);
                }
            }
        });
    }

    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {1, 2, 3})
    void theScoresAreThoseOfTheEvaluation(int ranks) throws IOException {
        Path file = folder.resolve("scores.csv");
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = data()) {
                long rows = ScoringJob.run(config, communicator, data, file, TrainListener.NONE);
                assertThat(rows).isEqualTo(SmallJob.EVALUATION_SAMPLES);
            }
        });

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(SmallJob.EVALUATION_SAMPLES + 1);
        ScoreCollector collector = new ScoreCollector();
        for (int i = 1; i < lines.size(); i++) {
            String[] columns = lines.get(i).split(",", -1);
            assertThat(columns[0]).isEqualTo(Long.toString(FIRST_ROW + i - 1));
            collector.append(Float.parseFloat(columns[2]), Float.parseFloat(columns[1]));
        }
        assertThat(collector.metrics().logLoss()).isCloseTo(trained.getFirst().logLoss(), within(1e-7));
        assertThat(collector.metrics().auc()).isCloseTo(trained.getFirst().auc(), within(1e-9));
    }

    @Test
    void refusesAnUnknownFormatBeforeAnythingIsRead() {
        LocalWorld.run(1, communicator -> {
            try (JobData data = data()) {
                assertThatThrownBy(() ->
                                ScoringJob.run(config, communicator, data, Path.of("scores.json"), TrainListener.NONE))
                        .hasMessage("scores: file scores.json, want a name that ends in .csv, .avro or .parquet");
            }
        });
    }

    @Test
    void refusesAFolderWithoutCheckpoints() {
        JobConfig.Builder elsewhere = config.toBuilder();
        elsewhere.getCheckpointBuilder().setPath(folder.resolve("empty").toString());
        LocalWorld.run(2, communicator -> {
            try (JobData data = data()) {
                assertThatThrownBy(() -> EvaluationJob.run(elsewhere.build(), communicator, data, TrainListener.NONE))
                        .hasMessage("checkpoint.path=%s: no checkpoint there; train one first"
                                .formatted(folder.resolve("empty")));
            }
        });
    }

    private static JobData data() {
        JobData data = SmallJob.data();
        return new JobData(data.training(), data.requireEvaluation(), FIRST_ROW);
    }
}
