package io.dlrm4j.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On an engine that takes a step as one piece, the next step starts before the last is finished, and nothing but
/// time changes by it.
class StepsUnderWayTest {
    @TempDir
    Path folder;

    @BeforeEach
    void forget() {
        WatchedEngine.CALLS.clear();
        WatchedEngine.poisoned = -1;
    }

    private JobConfig.Builder config(String engine) {
        JobConfig.Builder config = SmallJob.config(OptimizerKind.ADAGRAD);
        config.getTrainBuilder().setEngine(engine).setMaxSteps(7).setEvaluateEvery(5);
        config.getCheckpointBuilder().setPath(folder.resolve(engine).toString()).setEvery(3);
        return config;
    }

    @Test
    void theNextStepStartsBeforeTheLastIsFinished() {
        SmallJob.run(1, config("watched").build());
        List<String> calls = WatchedEngine.CALLS.stream().distinct().toList();
        assertThat(calls)
                .containsExactly(
                        "start 0",
                        "start 1",
                        "finish 0",
                        "start 2",
                        "finish 1",
                        "finish 2", // a checkpoint
                        "start 3",
                        "start 4",
                        "finish 3",
                        "finish 4",
                        "forward", // an evaluation
                        "start 5",
                        "finish 5", // a checkpoint
                        "start 6",
                        "finish 6"); // the end, and an evaluation as before
        assertThat(WatchedEngine.CALLS.getLast()).isEqualTo("forward");
    }

    @Test
    void nothingChangesByIt() {
        SmallJob.Result plain = SmallJob.run(1, config("cpu").build());
        SmallJob.Result watched = SmallJob.run(1, config("watched").build());
        assertThat(watched.losses()).isEqualTo(plain.losses()).hasSize(7);
        plain.weights()
                .forEach((name, weights) ->
                        assertThat(watched.weights(name)).as(name).containsExactly(weights));
        assertThat(watched.quality()).isEqualTo(plain.quality());
    }

    @Test
    void aLossThatIsNotANumberIsThatOfItsOwnStep() {
        WatchedEngine.poisoned = 1;
        List<Long> reported = new ArrayList<>();
        assertThatThrownBy(() -> LocalWorld.run(1, communicator -> {
                    try (JobData data = SmallJob.data()) {
                        TrainingJob.run(config("watched").build(), communicator, data, new TrainListener() {
                            @Override
                            public void stepped(StepProgress progress) {
                                reported.add(progress.step());
                            }
                        });
                    }
                }))
                .isInstanceOf(DivergedException.class)
                .hasMessageStartingWith("step 1: loss=NaN on samples 17 to 34 of the epoch");
        assertThat(reported).containsExactly(1L);
        assertThat(WatchedEngine.CALLS).containsExactly("start 0", "start 1", "finish 0", "start 2", "finish 1");
    }

    @Test
    void timesOfStepsAddUpToTheJobs() {
        List<Long> nanos = new ArrayList<>();
        double[] seconds = new double[1];
        LocalWorld.run(1, communicator -> {
            try (JobData data = SmallJob.data()) {
                seconds[0] = TrainingJob.run(config("watched").build(), communicator, data, new TrainListener() {
                            @Override
                            public void stepped(StepProgress progress) {
                                nanos.add(progress.nanos());
                            }
                        })
                        .trainSeconds();
            }
        });
        assertThat(nanos).hasSize(7);
        double sum = nanos.stream().mapToLong(Long::longValue).sum() * 1e-9;
        assertThat(sum / seconds[0]).isBetween(0.999_999, 1.000_001);
    }
}
