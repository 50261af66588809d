package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.criteo.Prepare;
import io.dlrm4j.criteo.PrepareOptions;
import io.dlrm4j.criteo.PreparedData;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.trainer.checkpoint.CheckpointSaver;
import io.dlrm4j.trainer.checkpoint.CheckpointStore;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import io.dlrm4j.trainer.manifest.Position;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Replays a whole recorded run of the reference implementation from the raw file on: preparing, shuffling, an epoch
/// with its incomplete last batch, evaluations on the way. The recorded initial weights enter as a checkpoint of
/// step 0, so the run is a resumed one.
class TrajectoryIT {
    /// Absolute and relative: single precision over 81 steps.
    private static final double TOLERANCE = 1e-5;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0} with {1} ranks")
    @CsvSource({"cpu, 1", "cpu, 2", "cpu, 3", "nd4j, 1"})
    void replaysTheRunFromTheRawFileOn(String engine, int ranks) throws IOException {
        GoldenRun golden = open();
        prepare(golden);
        JobConfig job = job(golden, engine);
        LocalWorld.run(1, communicator -> saveInitialWeights(golden, job, communicator));

        List<Double> losses = new ArrayList<>();
        Map<Long, BinaryMetrics> qualities = new TreeMap<>();
        LocalWorld.run(ranks, communicator -> {
            TrainListener recorder = communicator.rank() == 0 ? recorder(losses, qualities) : TrainListener.NONE;
            EvaluationJob.run(job, communicator, recorder);
            TrainingJob.run(job, communicator, recorder);
        });

        assertLosses(golden.floats("loss"), losses);
        assertQualities(golden.recorded().config().get("evaluations"), qualities);
        LocalWorld.run(1, communicator -> assertFinalWeights(golden, job, communicator));
    }

    @Test
    void theShuffleIsTheRecordedOne() throws IOException {
        GoldenRun golden = open();
        prepare(golden);

        PreparedData prepared = PreparedData.open(folder.resolve("prepared"));
        assertThat(prepared.manifest().rows().training())
                .isEqualTo(golden.recorded().config().get("train").asLong());
        assertThat(prepared.manifest().rows().test())
                .isEqualTo(golden.recorded().config().get("test").asLong());
        assertThat(prepared.schema().tables().stream().map(table -> table.rows()))
                .isEqualTo(golden.job("cpu").getModel().getTablesList());
    }

    private static GoldenRun open() throws IOException {
        Path recorded = Path.of(System.getProperty("golden.dir", "absent"), "trajectory");
        assumeTrue(Files.isDirectory(recorded), "golden.dir holds no trajectory");
        return GoldenRun.open("trajectory");
    }

    private void prepare(GoldenRun golden) throws IOException {
        Prepare.run(
                PrepareOptions.of(
                        List.of(golden.recorded().folder().resolve("train.txt.gz")), folder.resolve("prepared")),
                ProgressListener.NONE);
    }

    private JobConfig job(GoldenRun golden, String engine) {
        JobConfig.Builder job = golden.job(engine).toBuilder();
        job.getDataBuilder()
                .setPath(folder.resolve("prepared").toString())
                .setBatchSize(golden.recorded().config().get("mini_batch").asInt())
                .setShuffle(ShuffleKind.TOTAL);
        job.getTrainBuilder().setEvaluateEvery(16);
        job.getCheckpointBuilder()
                .setPath(folder.resolve("checkpoints").toString())
                .setResume(true);
        return job.build();
    }

    private static void saveInitialWeights(GoldenRun golden, JobConfig job, Communicator communicator)
            throws IOException {
        PreparedData prepared = PreparedData.open(Path.of(job.getData().getPath()));
        try (OffHeap memory = OffHeap.unlimited("test");
                HybridModel model = new HybridModel(job, prepared.schema(), 1, communicator, memory)) {
            golden.initialize(model.contents());
            Position start = Position.newBuilder()
                    .setSamples(golden.recorded().config().get("train").asLong())
                    .build();
            try (CheckpointStore store = store(job, communicator, memory);
                    CheckpointSaver saver = new CheckpointSaver(store, job, "recorded", model.contents(), memory)) {
                store.openForWriting();
                saver.begin(start, System.nanoTime());
                SavedCheckpoint _ = saver.finish();
            }
        }
    }

    private static void assertFinalWeights(GoldenRun golden, JobConfig job, Communicator communicator)
            throws IOException {
        PreparedData prepared = PreparedData.open(Path.of(job.getData().getPath()));
        try (OffHeap memory = OffHeap.unlimited("test");
                HybridModel model = new HybridModel(job, prepared.schema(), 1, communicator, memory)) {
            CheckpointStore store = store(job, communicator, memory);
            store.restore(requireNonNull(store.newest()), model.contents());
            GoldenIT.assertWeights(golden, model.contents());
        }
    }

    private static CheckpointStore store(JobConfig job, Communicator communicator, OffHeap memory) {
        return new CheckpointStore(Path.of(job.getCheckpoint().getPath()), communicator, memory, warning -> {});
    }

    private static TrainListener recorder(List<Double> losses, Map<Long, BinaryMetrics> qualities) {
        return new TrainListener() {
            @Override
            public void stepped(StepProgress progress) {
                losses.add(progress.loss());
            }

            @Override
            public void evaluated(long step, BinaryMetrics quality) {
                qualities.put(step, quality);
            }
        };
    }

    private static void assertLosses(float[] want, List<Double> got) {
        assertThat(got).hasSize(want.length);
        for (int step = 0; step < want.length; step++) {
            assertThat(got.get(step))
                    .as("loss of step %d", step)
                    .isCloseTo(want[step], within(TOLERANCE * (1 + want[step])));
        }
    }

    private static void assertQualities(JsonNode want, Map<Long, BinaryMetrics> got) {
        assertThat(got).hasSize(want.size());
        for (JsonNode evaluation : want) {
            String when = "step " + evaluation.get("step");
            BinaryMetrics quality =
                    requireNonNull(got.get(evaluation.get("step").asLong()), when);
            double oneSample = 1.0 / quality.samples(); // a score that rounds to the other side
            assertThat(quality.logLoss())
                    .as(when)
                    .isCloseTo(evaluation.get("logloss").asDouble(), within(2e-5));
            assertThat(quality.auc()).as(when).isCloseTo(evaluation.get("auc").asDouble(), within(1e-5));
            assertThat(quality.accuracy())
                    .as(when)
                    .isCloseTo(evaluation.get("accuracy").asDouble(), within(1.5 * oneSample));
        }
    }
}
