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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScoringIT {
    private static final long FIRST_ROW = 1000;
    private static final int HIDDEN = 6; // of SmallJob's top MLP

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
                long rows = ScoringJob.run(config, communicator, data, file, false, TrainListener.NONE);
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

    /// What the last layer makes of the activations is the logit, whoever computes it.
    @ParameterizedTest(name = "{0} ranks, engine {1}")
    @CsvSource({"1,cpu", "2,cpu", "3,cpu", "2,nd4j"})
    void theHiddenLayerIsWhatTheLastLayerSees(int ranks, String engine) throws Exception {
        Path file = folder.resolve("hidden.parquet");
        JobConfig.Builder scoring = config.toBuilder();
        scoring.getTrainBuilder().setEngine(engine).setThreads(engine.equals("cpu") ? 2 : 1);
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = data()) {
                ScoringJob.run(scoring.build(), communicator, data, file, true, TrainListener.NONE);
            }
        });

        Map<String, float[]> weights = new HashMap<>();
        LocalWorld.run(1, communicator -> weights.putAll(SmallJob.weights(config, communicator)));
        float[] dense = Objects.requireNonNull(weights.get("dense"));
        float[] last = Arrays.copyOfRange(dense, dense.length - HIDDEN - 1, dense.length); // weights, then the bias
        int active = 0;
        int rows = 0;
        try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT uid, logit, CAST(hidden AS DOUBLE[]) FROM read_parquet('" + file + "')")) {
            for (; row.next(); rows++) {
                Object[] hidden = (Object[]) row.getArray(3).getArray();
                assertThat(hidden).hasSize(HIDDEN);
                double logit = last[HIDDEN];
                for (int k = 0; k < HIDDEN; k++) {
                    double activation = (Double) hidden[k];
                    assertThat(activation).isNotNegative();
                    active += activation > 0 ? 1 : 0;
                    logit += activation * last[k];
                }
                assertThat(row.getLong(1)).isEqualTo(FIRST_ROW + rows);
                assertThat(logit).isCloseTo(row.getFloat(2), within(1e-5));
            }
        }
        assertThat(rows).isEqualTo(SmallJob.EVALUATION_SAMPLES);
        assertThat(active).isGreaterThan(rows);
    }

    @Test
    void refusesActivationsThatNobodyHasOrTheFormatCannotHold() {
        LocalWorld.run(1, communicator -> {
            try (JobData data = data()) {
                Path text = folder.resolve("scores.csv");
                assertThatThrownBy(() -> ScoringJob.run(config, communicator, data, text, true, TrainListener.NONE))
                        .hasMessage("scores: file " + text
                                + " with the hidden layer's activations, want a name that ends in .parquet");
            }
        });
    }

    @Test
    void refusesAnUnknownFormatBeforeAnythingIsRead() {
        LocalWorld.run(1, communicator -> {
            try (JobData data = data()) {
                Path file = Path.of("scores.json");
                assertThatThrownBy(() -> ScoringJob.run(config, communicator, data, file, false, TrainListener.NONE))
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
