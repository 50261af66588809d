package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The words of `dlrm train` for a model of a few thousand rows on generated clicks: 38 steps an epoch.
///
/// @param data generated clicks
/// @param workers processes
/// @param epochs of [#saving]
record SmallTraining(Path data, int workers, int epochs) {
    /// Before the clicks are generated.
    static final SmallTraining NONE = new SmallTraining(Path.of(""), 0, 0);

    static final long JOB_SECONDS = 100;
    static final int BATCH = 64;
    static final int TABLES = 26;
    static final int DIM = 16;

    /// Of the bottom MLP 13-32-16 and the top MLP 367-32-1, where 367 is the dot products of 27 vectors and one
    /// of them.
    static final int DENSE_PARAMETERS = 13 * 32 + 32 + 32 * 16 + 16 + 367 * 32 + 32 + 32 + 1;

    private static final int EPOCHS = 5;
    private static final int ROWS = 2_800;
    private static final int SEED = 7;

    /// Generates the clicks.
    static SmallTraining generate(Path folder, int workers) throws IOException {
        Path clicks = folder.resolve("clicks");
        GenerateOptions options = GenerateOptions.of(clicks, ROWS, SEED)
                .withCardinalities(Cardinalities.kaggle().scaled(1e-5));
        GenerateClicks.run(options, ProgressListener.NONE);
        return new SmallTraining(clicks, workers, EPOCHS);
    }

    SmallTraining withWorkers(int number) {
        return new SmallTraining(data, number, epochs);
    }

    SmallTraining withEpochs(int number) {
        return new SmallTraining(data, workers, number);
    }

    /// The same on some epochs with a checkpoint every fourth step.
    String[] saving(Path checkpoints, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "--epochs",
                String.valueOf(epochs),
                "--optimizer",
                "row_wise_adagrad",
                "--checkpoint",
                checkpoints.toString(),
                "--checkpoint-every",
                "4"));
        words.addAll(List.of(more));
        return words(words.toArray(String[]::new));
    }

    /// Trains to the end without any disturbance.
    ///
    /// @param folder for temporary files and the checkpoints
    /// @return the folder of the checkpoints
    Path undisturbed(Path folder) throws IOException, InterruptedException {
        Path checkpoints = folder.resolve("undisturbed-" + workers);
        try (LauncherProcess whole = LauncherProcess.start(folder, saving(checkpoints))) {
            assertThat(whole.awaitEnd(JOB_SECONDS)).as(whole.text()).isZero();
        }
        return checkpoints;
    }

    /// Compares the newest checkpoints of two folders.
    static void assertSameBits(Path disturbed, Path wanted) {
        CommandRun diff = CommandRun.of("checkpoint", "diff", disturbed.toString(), wanted.toString());
        assertThat(diff.out() + diff.err()).isEqualTo("same weights and state, bit for bit" + System.lineSeparator());
    }

    /// @param more words after the others
    String[] words(String... more) {
        List<String> words = new ArrayList<>(List.of(
                "train",
                "--data",
                data.toString(),
                "--bottom",
                "13-32-16",
                "--top",
                "32-1",
                "--workers",
                String.valueOf(workers),
                "--batch-size",
                String.valueOf(BATCH)));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }
}
