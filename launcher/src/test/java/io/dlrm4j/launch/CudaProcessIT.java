package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.testkit.StandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two worker processes, each with a card of its own (the stand-in), their cards joined by NCCL (its stand-in).
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CudaProcessIT {
    private static final long JOB_SECONDS = 120;
    private static final long LOST_RANK_SECONDS = 30;

    @TempDir
    static Path data;

    @TempDir
    Path folder;

    private static Path libraries;

    @BeforeAll
    static void generate() throws IOException, InterruptedException {
        libraries = StandIn.required().folder();
        GenerateOptions options = GenerateOptions.of(data.resolve("clicks"), 1_400, 7)
                .withCardinalities(Cardinalities.kaggle().scaled(1e-5));
        GenerateClicks.run(options, ProgressListener.NONE);
    }

    private LauncherProcess train(String devices, String... more) throws IOException {
        List<String> args = new ArrayList<>(
                List.of("train", "--data", data.resolve("clicks").toString()));
        args.addAll(List.of("--bottom", "13-16-8", "--top", "16-1", "--embedding-dim", "8", "--batch-size", "64"));
        args.addAll(List.of("--workers", "2", "--engine", "cuda", "--collectives", "nccl"));
        args.addAll(List.of("--set", "cuda.path=" + libraries));
        args.addAll(List.of("--set", "cuda.cache=" + libraries.resolve("kernels")));
        args.addAll(List.of(more));
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        return LauncherProcess.start(temporary, Map.of("STANDIN_DEVICES", devices), args.toArray(String[]::new));
    }

    @Test
    void twoProcessesTrainOnTwoCards() throws Exception {
        try (LauncherProcess job = train("2", "--max-steps", "8")) {
            assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isZero();
        }
    }

    @Test
    void twoProcessesOnOneCardAreRefusedInOneSentence() throws Exception {
        try (LauncherProcess job = train("1", "--max-steps", "8")) {
            assertThat(job.awaitEnd(JOB_SECONDS)).as(job.text()).isNotZero();
            assertThat(job.text())
                    .contains("comm.collectives=nccl: ranks 0 and 1 have the same card")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void aKilledRankEndsTheOtherThoughItsCardWaitsForIt() throws Exception {
        try (LauncherProcess job = train("2", "--epochs", "1000000")) {
            List<ProcessHandle> workers = job.awaitTraining();

            workers.get(1).destroyForcibly();

            assertThat(job.awaitEnd(LOST_RANK_SECONDS)).as(job.text()).isEqualTo(3);
            assertThat(job.text())
                    .contains("dlrm: rank 1 (pid " + workers.get(1).pid() + ") was lost");
        }
    }
}
