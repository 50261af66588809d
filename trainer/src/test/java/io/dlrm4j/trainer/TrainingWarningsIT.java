package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What jobs that train say of themselves.
class TrainingWarningsIT {
    private static final long SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    @TempDir
    Path folder;

    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

    /// @param slow rank that rests after each step; -1: none
    private void run(int ranks, JobConfig config, JobData data, int slow) {
        LocalWorld.run(
                ranks,
                communicator -> TrainingJob.run(config, communicator, data, new TrainListener() {
                    @Override
                    public void stepped(StepProgress progress) {
                        long end = System.nanoTime() + SLEEP_NANOS;
                        while (communicator.rank() == slow && end - System.nanoTime() > 0) {
                            LockSupport.parkNanos(end - System.nanoTime()); // the reader wakes this thread too
                        }
                    }

                    @Override
                    public void warned(String message) {
                        warnings.add(message);
                    }
                }));
    }

    private List<String> warningsOfMetrics() throws IOException {
        List<String> messages = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
            JsonNode node = new ObjectMapper().readTree(line);
            if (node.get("kind").asText().equals("warning")) {
                messages.add(node.get("message").asText());
            }
        }
        return messages;
    }

    @Test
    void aRankThatTheOthersWaitForIsNamed() throws IOException {
        JobConfig.Builder config = SmallJob.config(OptimizerKind.SGD);
        config.getTrainBuilder().setEpochs(40).setOutput(folder.toString()); // 240 steps
        try (JobData data = SmallJob.data()) {
            run(3, config.build(), data, 1);
        }
        assertThat(warnings).filteredOn(each -> each.contains("slow")).hasSize(1);
        assertThat(warningsOfMetrics())
                .filteredOn(each -> each.contains("slow"))
                .hasSize(1)
                .first()
                .asString()
                .matches("step \\d+: rank 1 is slow: in \\d+ of the last 100 steps the others waited for it, for "
                        + "\\d+ % of the time on average, while it waited for \\d+ %; look at .*");
    }

    /// Every sample has the same features, and every batch a third of label 1.
    @Test
    void aModelThatLearnsNothingIsSaidPlainlyThoughNothingIsEvaluated() throws IOException {
        int samples = 60;
        Schema schema = new Schema(5, List.of(new Schema.Table("C1", 1, 1)));
        float[] dense = new float[samples * 5];
        Arrays.fill(dense, 1);
        float[] labels = new float[samples];
        for (int s = 0; s < samples; s += 3) {
            labels[s] = 1;
        }
        RandomBatches constant = new RandomBatches(schema, dense, labels, new int[1][samples], new int[1][]);
        JobConfig.Builder config = SmallJob.config(OptimizerKind.SGD);
        config.getDataBuilder().setBatchSize(15);
        config.getTrainBuilder().setEpochs(550).setOutput(folder.toString()); // 2200 steps

        run(2, config.build(), new JobData(constant, null, 0), -1);

        assertThat(warnings).isEqualTo(warningsOfMetrics());
        // steps are so short here that a rank may be slow for once
        List<String> nothing = warnings.stream()
                .filter(each -> each.contains("learned nothing"))
                .toList();
        assertThat(nothing).hasSize(2);
        assertThat(nothing.getFirst())
                .matches("step \\d+: the model has learned nothing in the last 1000 steps: log loss 0\\.63\\d+ is that "
                        + "of always answering the base rate 0\\.3333: 0\\.63651; look at the labels .*");
        assertThat(nothing.getLast())
                .startsWith("step 2200: the model has learned nothing: all 60 predictions are 0.3333; AUC 0.5000 is "
                        + "chance")
                .endsWith(Evaluator.ADVICE);
    }
}
