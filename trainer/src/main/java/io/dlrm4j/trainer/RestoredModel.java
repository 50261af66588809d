package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.checkpoint.CheckpointStore;
import io.dlrm4j.trainer.checkpoint.CheckpointStore.Verified;
import java.nio.file.Path;
import java.util.function.Consumer;

/// A trained model as its checkpoint holds it, without optimizer state, ready to score a source on any number of ranks.
///
/// @param checkpoint where it came from
/// @param model its parts on this rank
/// @param evaluator scores the source
record RestoredModel(Verified checkpoint, HybridModel model, Evaluator evaluator) implements AutoCloseable {

    /// @param config `checkpoint.path` is a checkpoint or a folder of them, of which the newest whole one is taken;
    ///     the model comes from the checkpoint, engine and batch size from here
    /// @param source what will be scored
    /// @param warnings told of checkpoints that are skipped
    static RestoredModel open(
            JobConfig config,
            BatchSource source,
            Communicator communicator,
            OffHeap memory,
            Consumer<String> warnings) {
        String path = config.getCheckpoint().getPath();
        if (path.isEmpty()) {
            throw new IllegalArgumentException("checkpoint.path is empty, want a checkpoint or a folder of them");
        }
        CheckpointStore store = new CheckpointStore(Path.of(path), communicator, memory, warnings);
        Verified found = store.newest();
        if (found == null) {
            throw new CheckpointException("checkpoint.path=%s: no checkpoint there; train one first".formatted(path));
        }
        JobConfig restored = restored(config, found);
        HybridModel model = new HybridModel(
                restored, source.schema(), Evaluator.batchSize(config.getData(), source), communicator, memory);
        try {
            store.restore(found, model.contents());
            model.requireEqualReplicas(found.path().toString());
            return new RestoredModel(found, model, new Evaluator(model, source, config, memory));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /// @return the job's configuration with the checkpoint's model, and update rules that keep no state
    private static JobConfig restored(JobConfig config, Verified found) {
        JobConfig.Builder restored = config.toBuilder().setModel(found.config().getModel());
        restored.getModelBuilder()
                .clearTables()
                .addAllTables(found.manifest().getShape().getTablesList());
        restored.clearWire().clearDct(); // nothing is trained
        restored.setOptimizer(
                OptimizerConfig.newBuilder().setTables(OptimizerKind.SGD).setMlps(OptimizerKind.SGD));
        return restored.build();
    }

    @Override
    public void close() {
        model.close();
    }
}
