package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.PlantingEngine.Place;
import io.dlrm4j.trainer.PlantingEngine.Plant;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A value that is no finite number, planted anywhere, ends the job in its own step with a sentence that names
/// it, and no checkpoint holds it.
class NumericalFaultIT {
    private static final long STEP = 3;

    @TempDir
    Path folder;

    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void plantNothing() {
        PlantingEngine.plant = null;
    }

    private JobConfig.Builder config(OptimizerKind tables) {
        JobConfig.Builder config = SmallJob.config(tables);
        config.getTrainBuilder().setEngine("planting").setMaxSteps(8);
        config.getCheckpointBuilder().setPath(folder.toString()).setEvery(1);
        return config;
    }

    private Throwable run(int ranks, JobConfig config, JobData data) {
        return catchThrowable(() -> LocalWorld.run(
                ranks,
                communicator -> TrainingJob.run(config, communicator, data, new TrainListener() {
                    @Override
                    public void warned(String message) {
                        warnings.add(message);
                    }
                })));
    }

    private Throwable run(int ranks, JobConfig config) {
        return catchThrowable(() -> LocalWorld.run(ranks, communicator -> {
            try (JobData data = SmallJob.data()) {
                TrainingJob.run(config, communicator, data, TrainListener.NONE);
            }
        }));
    }

    private void assertLastCheckpoint(JobConfig config, long step) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries.map(entry -> entry.getFileName().toString()).filter(name -> name.startsWith("step")))
                    .contains("step-%08d".formatted(step))
                    .allMatch(name -> name.compareTo("step-%08d".formatted(step)) <= 0);
        }
        LocalWorld.run(
                1,
                communicator -> SmallJob.weights(config, communicator).forEach((name, values) -> {
                    for (float value : values) {
                        assertThat(Float.isFinite(value)).as(name).isTrue();
                    }
                }));
    }

    @ParameterizedTest(name = "{0} {1}[{2}] = {3}, {4} ranks")
    @CsvSource(
            delimiter = '|',
            value = {
                "FEATURE||7|NaN|1|rank 0: dense feature 2 is NaN, at sample 52 of the epoch",
                "FEATURE||7|Infinity|2|rank 1: dense feature 2 is Infinity, at sample 60 of the epoch",
                "LABEL||2|NaN|2|rank 1: the label is NaN, at sample 61 of the epoch",
                "WEIGHT|bot.1.weight|9|NaN|2|rank 1: bot.1.weight[1, 1] is NaN, in the batch of samples 51 to 68",
                "WEIGHT|top.0.bias|4|-Infinity|1|rank 0: top.0.bias[4] is -Infinity after its update, in the batch",
                "TABLE_ROW|table 1|0|NaN|1|rank 0: row 0 of table 1 is NaN, at sample",
                "TABLE_ROW|table 1|0|Infinity|2|1 is Infinity",
                "OWN_GRADIENT|bot.0.bias|3|NaN|2|rank 1: the gradient of bot.0.bias[3] is NaN on this rank",
                "OWN_GRADIENT|bot.0.weight|6|Infinity|2|rank 1: the gradient of bot.0.weight[1, 1] is Infinity on this",
                "SUMMED_GRADIENT|top.1.weight|5|NaN|2|rank 1: the gradient of top.1.weight[0, 5] is NaN after the sum",
                "SUMMED_GRADIENT|bot.0.weight|5|Infinity|1|rank 0: the gradient of bot.0.weight[1, 0] is Infinity after",
                "STATE|top.0.bias|0|Infinity|1|rank 0: the optimizer state of top.0.bias[0] is Infinity",
                "POOLED_GRADIENT|0|3|NaN|1|rank 0: the gradient of row",
                "POOLED_GRADIENT|2|3|Infinity|2|of table 2 is Infinity, at sample 62 of the epoch"
            })
    void isNamedInItsOwnStepAndNeverSaved(Place place, String name, int index, float value, int ranks, String sentence)
            throws IOException {
        PlantingEngine.plant = new Plant(place, name == null ? "" : name, index, value, ranks - 1, STEP);
        JobConfig config = config(OptimizerKind.ADAGRAD).build();
        assertThat(run(ranks, config))
                .hasMessageContaining("step 3: rank ")
                .hasMessageContaining(sentence)
                .hasMessageContaining(DivergedException.ADVICE);
        assertLastCheckpoint(config, STEP);
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "1, true", "2, true"})
    void aRowThatNoStepHasSeenIsRefusedByTheCheckpoint(int ranks, boolean asynchronous) throws IOException {
        PlantingEngine.plant = new Plant(Place.ROW_AFTER_THE_STEP, "table 0", 49, Float.NaN, 0, STEP);
        JobConfig.Builder config = config(OptimizerKind.SGD);
        config.getCheckpointBuilder().setAsynchronous(asynchronous);
        assertThat(run(ranks, config.build()))
                .isInstanceOf(DivergedException.class)
                .hasMessageMatching("rank [01]: row 49 of table 0 is NaN, which no checkpoint may hold; "
                        + ".*step-00000003 is whole: " + DivergedException.ADVICE);
        assertLastCheckpoint(config.build(), STEP);
    }

    @Test
    void aLearningRateThatIsTooHighIsToldAndNotSaved() throws IOException {
        JobConfig.Builder config = config(OptimizerKind.SGD);
        config.getOptimizerBuilder().setLearningRate(1e30).setWarmupSteps(0);
        assertThat(run(2, config.build())).hasMessageContaining("rank ").hasMessageContaining(DivergedException.ADVICE);
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.anyMatch(entry -> entry.getFileName().toString().startsWith("step"))) {
                LocalWorld.run(
                        1,
                        communicator -> SmallJob.weights(config.build(), communicator)
                                .forEach((name, values) -> {
                                    for (float value : values) {
                                        assertThat(Float.isFinite(value))
                                                .as(name)
                                                .isTrue();
                                    }
                                }));
            }
        }
    }

    @Test
    void aModelThatTellsNothingApartIsSaidPlainly() {
        int samples = 60;
        Schema schema = new Schema(5, List.of(new Schema.Table("C1", 1, 1), new Schema.Table("C2", 1, 1)));
        float[] dense = new float[samples * 5];
        Arrays.fill(dense, 1);
        float[] labels = new float[samples];
        for (int s = 0; s < samples; s += 3) {
            labels[s] = 1;
        }
        int[][] ids = new int[2][samples];
        RandomBatches constant = new RandomBatches(schema, dense, labels, ids, new int[2][]);
        JobConfig.Builder config = config(OptimizerKind.SGD);
        assertThat(run(2, config.build(), new JobData(constant, constant, 0))).isNull();
        assertThat(warnings)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("step 8: the model has learned nothing: all 60 predictions are 0.")
                .contains("AUC 0.5000 is chance")
                .endsWith("look at the labels and the features, or change optimizer.learning_rate");
    }
}
