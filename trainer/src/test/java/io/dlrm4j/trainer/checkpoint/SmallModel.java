package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.HybridModel;
import io.dlrm4j.trainer.HybridStep;
import io.dlrm4j.trainer.checkpoint.CheckpointStore.Verified;
import io.dlrm4j.trainer.manifest.Position;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// One rank of a small model that is trained, saved and restored; its files have blocks of a kilobyte, so that there
/// are
/// many of them.
final class SmallModel implements AutoCloseable {
    static final int BLOCK_BYTES = 1024;
    private static final long[] TABLES = {800, 1, 40, 7};
    private static final int BATCH = 8;
    private static final int SAMPLES = 10_000;

    private final Communicator communicator;
    private final OffHeap memory = OffHeap.unlimited("small model");
    private final RandomBatches data = RandomBatches.multiHot(5, SAMPLES, 5, 3, TABLES);
    private final HybridModel model;
    private final HybridStep step;
    private final Batch batch;
    private long steps;

    SmallModel(Communicator communicator, JobConfig config) {
        this.communicator = communicator;
        this.model = new HybridModel(config, data.schema(), BATCH, communicator, memory);
        this.step = new HybridStep(model, StepClock.NONE);
        this.batch = model.newBatch("batch", BATCH);
        model.initialize(3);
    }

    static JobConfig.Builder config(OptimizerKind tables) {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getModelBuilder()
                .setEmbeddingDim(4)
                .addAllBottom(List.of(5, 8, 4))
                .addAllTop(List.of(6, 1));
        config.getOptimizerBuilder()
                .setTables(tables)
                .setMlps(tables == OptimizerKind.SGD ? OptimizerKind.SGD : OptimizerKind.ADAGRAD);
        return config;
    }

    Communicator communicator() {
        return communicator;
    }

    OffHeap memory() {
        return memory;
    }

    Contents contents() {
        return model.contents();
    }

    /// @return steps done
    long steps() {
        return steps;
    }

    /// Opens a folder as a job of this model does.
    CheckpointStore store(Path folder, Disk disk) {
        return new CheckpointStore(
                new CheckpointFolder(folder, disk), communicator, memory, warning -> {}, BLOCK_BYTES);
    }

    CheckpointSaver saver(CheckpointStore store, JobConfig config) {
        return new CheckpointSaver(store, config, "cpu", model.contents(), memory);
    }

    void train(int count, CheckpointSaver saver) {
        for (int i = 0; i < count; i++) {
            data.read(steps * BATCH % (SAMPLES - BATCH), BATCH, batch);
            double _ = step.run(batch, 0.1f);
            saver.trained(batch);
            steps++;
        }
    }

    SavedCheckpoint save(CheckpointSaver saver) {
        saver.begin(position(), System.nanoTime());
        return saver.finish();
    }

    Position position() {
        return Position.newBuilder().setStep(steps).setSamples(SAMPLES).build();
    }

    /// Takes everything from the newest checkpoint that is whole.
    ///
    /// @return its step
    long restore(CheckpointStore store) {
        Verified newest = Objects.requireNonNull(store.newest());
        store.restore(newest, contents());
        steps = newest.manifest().getPosition().getStep();
        return steps;
    }

    /// @return weights and state of this rank by name
    Map<String, float[]> weights() {
        Map<String, float[]> all = new TreeMap<>();
        all.put("dense", model.dense().weights().toArray());
        all.put("state of dense", model.dense().state().toArray());
        for (Contents.Rows rows : contents().rows()) {
            try (OffHeap copy = OffHeap.unlimited("copy")) {
                Floats weights = copy.floats("weights", rows.rows() * rows.dim());
                rows.readWeights(0, rows.rows(), weights);
                all.put(rows.tensor(), weights.toArray());
                Floats state = copy.floats("state", rows.rows() * rows.stateWidth());
                rows.readState(0, rows.rows(), state);
                all.put("state of " + rows.tensor(), state.toArray());
            }
        }
        return all;
    }

    @Override
    public void close() {
        model.close();
        memory.close();
    }
}
