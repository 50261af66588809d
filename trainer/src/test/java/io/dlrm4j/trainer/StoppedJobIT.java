package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One rank is asked to stop: all stop after the same step, with a checkpoint that continues bit for bit.
class StoppedJobIT {
    private static final long ASKED_AT = 5;

    @TempDir
    Path folder;

    private JobConfig.Builder config(String engine, String name, boolean asynchronous) {
        JobConfig.Builder config = SmallJob.config(OptimizerKind.ADAGRAD);
        config.getTrainBuilder().setEngine(engine);
        config.getCheckpointBuilder()
                .setPath(folder.resolve(name).toString())
                .setEvery(4)
                .setAsynchronous(asynchronous);
        return config;
    }

    /// Runs until the last of the ranks is asked to stop.
    private static Map<Integer, TrainReport> stopped(int ranks, JobConfig config) {
        Map<Integer, TrainReport> reports = Collections.synchronizedMap(new TreeMap<>());
        LocalWorld.run(ranks, communicator -> {
            StopRequest stop = new StopRequest();
            try (JobData data = SmallJob.data()) {
                reports.put(communicator.rank(), TrainingJob.run(config, communicator, data, stop, new TrainListener() {
                    @Override
                    public void stepped(StepProgress progress) {
                        if (progress.step() == ASKED_AT && communicator.rank() == ranks - 1) {
                            stop.ask();
                        }
                    }
                }));
            }
        });
        return reports;
    }

    @ParameterizedTest(name = "{0} ranks, {1}, asynchronous {2}")
    @CsvSource({"3, cpu, false", "2, cpu, true", "1, cpu, true", "1, watched, false"})
    void allStopAfterTheSameStepAndContinueToTheSameBits(int ranks, String engine, boolean asynchronous) {
        SmallJob.Result whole =
                SmallJob.run(ranks, config(engine, "whole", false).build());

        Map<Integer, TrainReport> reports =
                stopped(ranks, config(engine, "parts", asynchronous).build());
        long step = reports.values().iterator().next().steps();
        assertThat(step).isBetween(ASKED_AT, ASKED_AT + 3);
        assertThat(reports).hasSize(ranks).allSatisfy((rank, report) -> {
            assertThat(report.stopped()).isTrue();
            assertThat(report.steps()).isEqualTo(step);
            assertThat(report.stepsHere()).isEqualTo(step);
            assertThat(report.quality()).isNull();
            assertThat(report.checkpoint()).isEqualTo(folder.resolve("parts").resolve("step-%08d".formatted(step)));
        });

        JobConfig.Builder rest = config(engine, "parts", asynchronous);
        rest.getCheckpointBuilder().setResume(true);
        SmallJob.Result resumed = SmallJob.run(ranks, rest.build());
        assertThat(resumed.losses())
                .isEqualTo(whole.losses().subList((int) step, whole.losses().size()));
        assertThat(resumed.quality()).isEqualTo(whole.quality());
        whole.weights()
                .forEach((name, weights) ->
                        assertThat(resumed.weights(name)).as(name).containsExactly(weights));
    }

    /// There is nowhere to save to, so stopping would lose all.
    @Test
    void withoutCheckpointsNobodyStops() {
        JobConfig.Builder config = SmallJob.config(OptimizerKind.ADAGRAD);

        Map<Integer, TrainReport> reports = stopped(2, config.build());

        assertThat(reports).allSatisfy((rank, report) -> {
            assertThat(report.stopped()).isFalse();
            assertThat(report.steps()).isEqualTo(12);
        });
        assertThat(Files.exists(folder.resolve("parts"))).isFalse();
    }
}
