package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A job that stops and continues ends as one that never stopped.
class ResumeIT {
    /// In the middle of the second epoch of six steps.
    private static final int STOP = 8;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void continuesBitForBit(OptimizerKind kind) {
        SmallJob.Result whole = SmallJob.run(3, config(kind, "whole").build());

        SmallJob.run(3, stopped(config(kind, "parts")));
        SmallJob.Result resumed = SmallJob.run(3, resumed(config(kind, "parts")));

        assertThat(resumed.losses())
                .isEqualTo(whole.losses().subList(STOP, whole.losses().size()));
        whole.weights()
                .forEach((name, weights) ->
                        assertThat(resumed.weights(name)).as(name).containsExactly(weights));
        assertThat(resumed.quality()).isEqualTo(whole.quality());
    }

    @ParameterizedTest(name = "{0} ranks, then {1}")
    @CsvSource({"1, 3", "3, 1", "2, 4", "4, 2"})
    void anyNumberOfRanksContinuesWhatAnyNumberBegan(int before, int after) {
        OptimizerKind kind = OptimizerKind.ROW_WISE_ADAGRAD;
        SmallJob.Result whole = SmallJob.run(1, config(kind, "whole").build());

        SmallJob.Result begun = SmallJob.run(before, stopped(config(kind, "parts")));
        BinaryMetrics evaluated = evaluate(after, config(kind, "parts").build(), new ArrayList<>());
        SmallJob.Result resumed = SmallJob.run(after, resumed(config(kind, "parts")));

        assertThat(evaluated.logLoss()).isCloseTo(begun.quality().logLoss(), within(1e-7));
        assertThat(resumed.losses()).hasSize(whole.losses().size() - STOP);
        whole.weights().forEach((name, weights) -> SameForAnyRanksIT.assertClose(name, resumed.weights(name), weights));
    }

    @Test
    void aDamagedCheckpointIsSkippedForTheOneBefore() throws IOException {
        JobConfig.Builder config = config(OptimizerKind.ADAGRAD, "parts");
        config.getCheckpointBuilder().setEvery(4);
        SmallJob.run(2, stopped(config.clone()));
        Path damaged = folder.resolve("parts/step-00000008/rank-0001.safetensors");
        flipBit(damaged, Files.size(damaged) / 2);

        List<String> warnings = Collections.synchronizedList(new ArrayList<>());
        evaluate(2, config.build(), warnings);
        SmallJob.Result resumed = SmallJob.run(2, resumed(config));
        SmallJob.Result whole =
                SmallJob.run(2, config(OptimizerKind.ADAGRAD, "whole").build());

        assertThat(warnings).singleElement().asString().startsWith("skipped a checkpoint: " + damaged + ": block 0 ");
        assertThat(resumed.losses()).isEqualTo(whole.losses().subList(4, 12));
        assertThat(resumed.weights("dense")).containsExactly(whole.weights("dense"));
    }

    @Test
    void keepsTheNewestCheckpoints() throws IOException {
        JobConfig.Builder config = config(OptimizerKind.SGD, "kept");
        config.getCheckpointBuilder().setEvery(2).setKeep(3);
        SmallJob.run(2, config.build());

        try (var entries = Files.list(folder.resolve("kept"))) {
            assertThat(entries.map(path -> path.getFileName().toString()).filter(name -> !name.equals("lock")))
                    .containsExactlyInAnyOrder("step-00000008", "step-00000010", "step-00000012");
        }
    }

    @Test
    void refusesAFolderOfAnotherRun() {
        SmallJob.run(1, stopped(config(OptimizerKind.SGD, "taken")));

        assertThatThrownBy(
                        () -> SmallJob.run(2, config(OptimizerKind.SGD, "taken").build()))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("checkpoint.path=%s holds step-00000008 of another run; continue it with "
                                .formatted(folder.resolve("taken"))
                        + "checkpoint.resume=true or choose another folder");
    }

    @Test
    void refusesAnotherModelAndPrintsTheDifference() {
        SmallJob.run(1, stopped(config(OptimizerKind.SGD, "other")));
        JobConfig.Builder config = config(OptimizerKind.ADAGRAD, "other");
        config.getModelBuilder().setTop(0, 9);

        assertThatThrownBy(() -> SmallJob.run(2, resumed(config)))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("""
                        %s/step-00000008: the checkpoint holds another model; \
                        change the configuration or checkpoint.path:
                          top MLP: checkpoint [14, 6, 1], job [14, 9, 1]
                          optimizer.tables: checkpoint SGD, job ADAGRAD
                          optimizer.mlps: checkpoint SGD, job ADAGRAD""".formatted(folder.resolve("other")));
    }

    @Test
    void refusesToContinueInOtherData() {
        SmallJob.run(1, stopped(config(OptimizerKind.SGD, "other")));
        JobConfig.Builder config = config(OptimizerKind.SGD, "other");
        config.getDataBuilder().setBatchSize(16);

        assertThatThrownBy(() -> SmallJob.run(1, resumed(config)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("\n  data.batch_size: checkpoint 17, job 16");
    }

    private JobConfig.Builder config(OptimizerKind kind, String name) {
        JobConfig.Builder config = SmallJob.config(kind);
        config.getCheckpointBuilder().setPath(folder.resolve(name).toString());
        return config;
    }

    private static JobConfig stopped(JobConfig.Builder config) {
        config.getTrainBuilder().setMaxSteps(STOP);
        return config.build();
    }

    private static JobConfig resumed(JobConfig.Builder config) {
        config.getCheckpointBuilder().setResume(true);
        return config.build();
    }

    private static BinaryMetrics evaluate(int ranks, JobConfig config, List<String> warnings) {
        List<BinaryMetrics> qualities = Collections.synchronizedList(new ArrayList<>());
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = SmallJob.data()) {
                qualities.add(EvaluationJob.run(config, communicator, data, new TrainListener() {
                    @Override
                    public void warned(String message) {
                        warnings.add(message);
                    }
                }));
            }
        });
        assertThat(qualities).hasSize(ranks).containsOnly(qualities.getFirst());
        return qualities.getFirst();
    }

    private static void flipBit(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int value = bytes.read();
            bytes.seek(at);
            bytes.write(value ^ 0x10);
        }
    }
}
