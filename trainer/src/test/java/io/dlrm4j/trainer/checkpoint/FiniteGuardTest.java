package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiniteGuardTest {
    @TempDir
    Path folder;

    /// A value that is not finite is refused wherever it stands; what was there stays, and the next attempt
    /// succeeds.
    @ParameterizedTest(name = "asynchronous {0}, incremental {1}")
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void refusesAndKeepsTheLastGoodOne(boolean asynchronous, boolean incremental) {
        JobConfig.Builder config = SmallModel.config(OptimizerKind.ADAGRAD);
        config.getCheckpointBuilder().setAsynchronous(asynchronous).setIncremental(incremental);
        LocalWorld.run(1, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config.build());
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config.build())) {
                    model.train(2, saver);
                    Path good = model.save(saver).path();
                    model.train(1, saver);
                    Floats dense = model.contents().dense().weights();
                    dense.set(6, Float.NEGATIVE_INFINITY);
                    assertRefused(model, saver, "rank 0: bot.0.weight[1, 1] is -Infinity");
                    dense.set(6, 1);
                    model.contents().dense().state().set(40, Float.NaN);
                    assertRefused(model, saver, "rank 0: state.bot.0.bias[0] is NaN");
                    model.contents().dense().state().set(40, 1);
                    row(model, false, Float.POSITIVE_INFINITY);
                    assertRefused(model, saver, "rank 0: row 0 of table 1 is Infinity");
                    row(model, false, 1);
                    row(model, true, Float.NaN);
                    assertRefused(model, saver, "rank 0: the optimizer state of row 0 of table 1 is NaN");
                    assertThat(Objects.requireNonNull(store.newest()).path()).isEqualTo(good);
                    row(model, true, 1);
                    assertThat(model.save(saver).path()).isNotEqualTo(good).isDirectory();
                }
            }
        });
    }

    /// Sets the only row of table 1, which every step touches.
    private static void row(SmallModel model, boolean state, float value) {
        EmbeddingTable table = model.contents().rows().get(1).part();
        Floats row = model.memory().floats("row", table.dim());
        row.fill(value);
        if (state) {
            table.writeState(0, 1, row);
        } else {
            table.writeWeights(0, 1, row);
        }
    }

    private static void assertRefused(SmallModel model, CheckpointSaver saver, String what) {
        CheckpointException refused = catchThrowableOfType(CheckpointException.class, () -> model.save(saver));
        assertThat(refused).hasMessage(what + ", which no checkpoint may hold");
        assertThat(refused.isBeyondRepair()).isTrue();
    }
}
