package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.checkpoint.CheckpointDiff;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import io.dlrm4j.trainer.checkpoint.CheckpointSaver;
import io.dlrm4j.trainer.checkpoint.CheckpointStore;
import io.dlrm4j.trainer.checkpoint.CheckpointStore.Verified;
import io.dlrm4j.trainer.checkpoint.Resharding;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import io.dlrm4j.trainer.checkpoint.StoredModel;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What N ranks wrote M ranks read, for every N and M from 1 to 4: every weight, state and prediction has the same
/// bits.
class ReshardIT {
    private static final int MOST_RANKS = 4;

    @TempDir
    Path folder;

    private JobConfig config(OptimizerKind kind, SmallJob.Spread spread, boolean incremental) {
        JobConfig.Builder config = spread.in(SmallJob.config(kind));
        config.getTrainBuilder().setMaxSteps(4);
        config.getCheckpointBuilder()
                .setPath(folder.resolve("trained").toString())
                .setEvery(2)
                .setIncremental(incremental);
        return config.build();
    }

    private static void train(int ranks, JobConfig config) {
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = SmallJob.data()) {
                assertThat(TrainingJob.run(config, communicator, data, TrainListener.NONE)
                                .checkpoint())
                        .isNotNull();
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "SGD, TABLE_WISE",
        "ADAGRAD, TABLE_WISE",
        "ROW_WISE_ADAGRAD, TABLE_WISE",
        "ADAGRAD, ROW_WISE",
        "ADAGRAD, TABLE_ROW_WISE",
        "ADAGRAD, COLUMN_WISE",
        "ROW_WISE_ADAGRAD, COLUMN_WISE",
        "ADAGRAD, DATA_PARALLEL",
        "ROW_WISE_ADAGRAD, MIXED"
    })
    void everyNumberOfRanksPredictsTheSameFromWhatEveryNumberWrote(OptimizerKind kind, SmallJob.Spread spread)
            throws IOException {
        JobConfig config = config(kind, spread, kind == OptimizerKind.ADAGRAD);
        train(2, config);
        Set<List<String>> onOneRank = new HashSet<>();
        List<Set<List<String>>> onRanks = new ArrayList<>();
        for (int after = 1; after <= MOST_RANKS; after++) {
            onRanks.add(new HashSet<>());
        }
        try (StoredModel trained = StoredModel.open(folder.resolve("trained"))) {
            for (int before = 1; before <= MOST_RANKS; before++) {
                Path resharded = Resharding.run(trained, folder.resolve("ranks-" + before), before);
                CheckpointFolder.verify(resharded);
                try (StoredModel model = StoredModel.open(resharded)) {
                    assertThat(model.manifest().getRanks()).isEqualTo(before);
                    assertThat(model.base()).isNull();
                    assertThat(CheckpointDiff.of(trained, model).isSameModel()).isTrue();
                }
                for (int after = 1; after <= MOST_RANKS; after++) {
                    String pair = before + "-" + after;
                    onRanks.get(after - 1).add(score(config, resharded, after, pair));
                    Path copy = copy(config, resharded, after, pair);
                    onOneRank.add(score(config, copy, 1, pair + "-1"));
                }
            }
        }
        // The number of ranks that score decides how many samples a matrix product takes, and so how it rounds; the
        // model is the same: whoever wrote the checkpoint, and whoever read and wrote it again.
        assertThat(onOneRank).hasSize(1);
        for (int after = 1; after <= MOST_RANKS; after++) {
            assertThat(onRanks.get(after - 1)).as("scores of %d ranks", after).hasSize(1);
        }
        assertThat(onOneRank).isEqualTo(onRanks.getFirst());
    }

    /// Restores on some ranks, and has them save it again.
    private Path copy(JobConfig config, Path checkpoint, int ranks, String pair) {
        Path to = folder.resolve("copy-" + pair);
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("copy");
                    JobData data = SmallJob.data();
                    HybridModel model = new HybridModel(config, data.training().schema(), 1, communicator, memory);
                    CheckpointStore from = new CheckpointStore(checkpoint, communicator, memory, warning -> {});
                    CheckpointStore store = new CheckpointStore(to, communicator, memory, warning -> {})) {
                Verified found = requireNonNull(from.newest());
                from.restore(found, model.contents());
                store.openForWriting();
                try (CheckpointSaver saver = new CheckpointSaver(store, config, "cpu", model.contents(), memory)) {
                    saver.begin(found.manifest().getPosition(), System.nanoTime());
                    SavedCheckpoint saved = saver.finish();
                    assertThat(saved.full()).isTrue();
                }
            }
        });
        return to;
    }

    private List<String> score(JobConfig config, Path checkpoint, int ranks, String name) throws IOException {
        JobConfig.Builder from = config.toBuilder();
        from.getCheckpointBuilder().setPath(checkpoint.toString());
        Path file = folder.resolve("scores-" + name + ".csv");
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = SmallJob.data()) {
                long rows = ScoringJob.run(from.build(), communicator, data, file, false, TrainListener.NONE);
                assertThat(rows).isEqualTo(SmallJob.EVALUATION_SAMPLES);
            }
        });
        return Files.readAllLines(file);
    }
}
