package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// A process that continues a folder of checkpoints and saves twice, once it is told to; for tests that kill it.
///
/// Arguments: the folder; ranks, as threads; whether checkpoints are asynchronous; whether they are incremental.
/// Prints `ready` when all that is left to do is to train and to save, and waits for a byte on its standard
/// input.
final class SavingProcess {
    static final int SAVES = 2;
    static final int STEPS = 2; // before each

    private SavingProcess() {}

    public static void main(String[] args) {
        Path folder = Path.of(args[0]);
        JobConfig config = config(Boolean.parseBoolean(args[2]), Boolean.parseBoolean(args[3]));
        LocalWorld.run(Integer.parseInt(args[1]), communicator -> {
            try (SmallModel model = new SmallModel(communicator, config);
                    CheckpointStore store = model.store(folder, Disk.REAL)) {
                store.openForWriting();
                long _ = model.restore(store);
                try (CheckpointSaver saver = model.saver(store, config)) {
                    if (communicator.rank() == 0) {
                        awaitWord();
                    }
                    communicator.gatherBytes(new byte[0]);
                    for (int save = 0; save < SAVES; save++) {
                        model.train(STEPS, saver);
                        SavedCheckpoint _ = model.save(saver);
                    }
                }
            }
        });
    }

    static JobConfig config(boolean asynchronous, boolean incremental) {
        JobConfig.Builder config = SmallModel.config(OptimizerKind.ROW_WISE_ADAGRAD);
        config.getCheckpointBuilder().setAsynchronous(asynchronous).setIncremental(incremental);
        return config.build();
    }

    private static void awaitWord() {
        try {
            System.out.println("ready");
            int _ = System.in.read();
        } catch (IOException e) {
            throw new UncheckedIOException("standard input", e);
        }
    }
}
