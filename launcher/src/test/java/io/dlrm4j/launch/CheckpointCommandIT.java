package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.TrainingJob;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `dlrm checkpoint` on what a job of two ranks left: a full checkpoint, and two of touched rows.
class CheckpointCommandIT {
    @TempDir
    static Path folder;

    @BeforeAll
    static void train() {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getModelBuilder()
                .setEmbeddingDim(4)
                .addAllBottom(List.of(5, 8, 4))
                .addAllTop(List.of(6, 1));
        config.getOptimizerBuilder().setTables(OptimizerKind.ROW_WISE_ADAGRAD).setMlps(OptimizerKind.ADAGRAD);
        config.getDataBuilder().setBatchSize(8);
        config.getTrainBuilder().setMaxSteps(6).setEvaluateOn("none");
        config.getCheckpointBuilder()
                .setPath(folder.resolve("checkpoints").toString())
                .setEvery(2)
                .setIncremental(true);
        LocalWorld.run(2, communicator -> {
            try (JobData data = new JobData(RandomBatches.oneHot(3, 100, 5, 3_000, 20, 7), null, 0)) {
                assertThat(TrainingJob.run(config.build(), communicator, data, TrainListener.NONE)
                                .steps())
                        .isEqualTo(6);
            }
        });
    }

    private static String at(String name) {
        return folder.resolve(name).toString();
    }

    private static String done(String... args) {
        CommandRun run = CommandRun.of(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        return run.out();
    }

    @Test
    void listsKindRanksAndSize() {
        assertThat(done("checkpoint", "list", at("checkpoints")).lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith(at("checkpoints/step-00000006")
                                        + "  rows touched since step-00000002, 2 ranks"),
                        line -> assertThat(line)
                                .startsWith(at("checkpoints/step-00000004")
                                        + "  rows touched since step-00000002, 2 ranks"),
                        line -> assertThat(line)
                                .startsWith(at("checkpoints/step-00000002") + "  full, 2 ranks, epoch 0, 6"));
    }

    @Test
    void inspectsTheNewest() {
        assertThat(done("checkpoint", "inspect", at("checkpoints")))
                .containsPattern("kind +rows touched since step-00000002")
                .containsPattern("next sample +48 of 100")
                .containsPattern("tables +3 with 3027 rows")
                .containsPattern("update rules +tables ROW_WISE_ADAGRAD, MLPs ADAGRAD")
                .containsPattern("file rank-0000\\.safetensors +\\d+ bytes in 1 blocks")
                .contains("batch_size: 8");
    }

    @Test
    void verifiesOneOrAllAndNamesWhatIsDamaged() throws IOException {
        assertThat(done("checkpoint", "verify", at("checkpoints")).lines())
                .hasSize(3)
                .allMatch(line -> line.endsWith("  whole"));
        Path damaged =
                Path.of(done("checkpoint", "reshard", at("checkpoints"), "--ranks", "1", "--output", at("damaged"))
                        .strip());
        Path file = damaged.resolve("dense.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[100] ^= 4;
        Files.write(file, bytes);

        CommandRun run = CommandRun.of("checkpoint", "verify", damaged.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).startsWith(damaged + "  damaged: " + file + ": block 0 (bytes 0 to ");
    }

    @Test
    void aReshardedOneIsTheSameAndAnotherStepIsNot() {
        String resharded = done("checkpoint", "reshard", at("checkpoints"), "--ranks", "3", "--output", at("three"))
                .strip();
        assertThat(resharded).isEqualTo(at("three/step-00000006"));
        assertThat(done("checkpoint", "diff", at("checkpoints"), resharded))
                .isEqualTo("ranks: first 2, second 3" + System.lineSeparator() + "same weights and state, bit for bit"
                        + System.lineSeparator());

        CommandRun run = CommandRun.of("checkpoint", "diff", at("checkpoints/step-00000004"), resharded);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .contains("step: first 4, second 6")
                .containsPattern("emb\\.0\\.weight: \\d+ of 12000 floats differ, by [0-9.e-]+ at most")
                .endsWith("not the same weights and state" + System.lineSeparator());

        CommandRun again =
                CommandRun.of("checkpoint", "reshard", at("checkpoints"), "--ranks", "3", "--output", at("three"));
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err())
                .isEqualTo("dlrm: " + resharded + " exists, want another folder" + System.lineSeparator());
    }

    @Test
    void exportsBothForms() {
        assertThat(done(
                        "checkpoint",
                        "export",
                        at("checkpoints"),
                        "--format",
                        "safetensors",
                        "--output",
                        at("m.safetensors")))
                .startsWith(at("m.safetensors") + "  49.");
        assertThat(done("checkpoint", "export", at("checkpoints"), "--format", "dl4j", "--output", at("dl4j")))
                .startsWith(at("dl4j") + "  bottom.zip, top.zip");
        assertThat(folder.resolve("dl4j/top.zip")).isNotEmptyFile();
    }

    @Test
    void refusesWhatCannotBe() {
        CommandRun ranks =
                CommandRun.of("checkpoint", "reshard", at("checkpoints"), "--ranks", "0", "--output", at("x"));
        assertThat(ranks.exitCode()).isEqualTo(2);
        assertThat(ranks.err()).startsWith("dlrm: --ranks=0, want 1 or more");
        CommandRun exists = CommandRun.of(
                "checkpoint", "export", at("checkpoints"), "--format", "dl4j", "--output", at("checkpoints"));
        assertThat(exists.exitCode()).isEqualTo(2);
        assertThat(exists.err()).contains("exists, want a new name");
        CommandRun nothing =
                CommandRun.of("checkpoint", "inspect", folder.resolve("nothing").toString());
        assertThat(nothing.exitCode()).isEqualTo(2);
    }
}
