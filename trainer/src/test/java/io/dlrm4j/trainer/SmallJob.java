package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.checkpoint.CheckpointStore;
import io.dlrm4j.trainer.checkpoint.Contents;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A job small enough to run many times, and what is left of it.
final class SmallJob {
    /// A table of one row, more tables than most numbers of ranks.
    static final long[] TABLES = {50, 1, 20, 7};

    static final int SAMPLES = 101;
    static final int EVALUATION_SAMPLES = 37;
    private static final long SEED = 20_261_121;

    private SmallJob() {}

    /// Where the tables lie.
    enum Spread {
        TABLE_WISE,
        ROW_WISE,
        TABLE_ROW_WISE,
        COLUMN_WISE,
        DATA_PARALLEL,
        MIXED;

        /// Writes this into a configuration.
        JobConfig.Builder in(JobConfig.Builder config) {
            switch (this) {
                case TABLE_WISE -> {}
                case ROW_WISE -> config.getShardingBuilder().addRowWise("*");
                case TABLE_ROW_WISE ->
                    config.getShardingBuilder().addTableRowWise("*").setRanksPerHost(2);
                case COLUMN_WISE -> config.getShardingBuilder().addColumnWise("*");
                case DATA_PARALLEL -> config.getShardingBuilder().addDataParallel("*");
                case MIXED -> config.getShardingBuilder().addRowWise("C1").setDataParallelRows(7);
            }
            return config;
        }
    }

    /// What a run left behind.
    ///
    /// @param losses of each step, as every rank saw them
    /// @param reports of each rank
    /// @param weights every parameter, table and state by name
    record Result(List<Double> losses, Map<Integer, TrainReport> reports, Map<String, float[]> weights) {
        /// @return quality at the end, on rank 0
        BinaryMetrics quality() {
            return requireNonNull(requireNonNull(reports.get(0)).quality());
        }

        float[] weights(String name) {
            return requireNonNull(weights.get(name), name);
        }
    }

    static JobConfig.Builder config(OptimizerKind tables) {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getModelBuilder()
                .setEmbeddingDim(4)
                .addAllBottom(List.of(5, 8, 4))
                .addAllTop(List.of(6, 1));
        config.getOptimizerBuilder()
                .setTables(tables)
                .setMlps(tables == OptimizerKind.SGD ? OptimizerKind.SGD : OptimizerKind.ADAGRAD)
                .setLearningRate(0.05)
                .setWarmupSteps(4);
        config.getDataBuilder().setBatchSize(17).setEvaluationBatchSize(10);
        config.getTrainBuilder().setEpochs(2);
        config.getCommBuilder().setBucketFloats(50);
        return config;
    }

    static JobData data() {
        return new JobData(
                RandomBatches.multiHot(SEED, SAMPLES, 5, 3, TABLES),
                RandomBatches.multiHot(SEED + 1, EVALUATION_SAMPLES, 5, 3, TABLES),
                0);
    }

    /// Runs the job on `ranks` ranks; its end is read from the checkpoint it has written.
    static Result run(int ranks, JobConfig config) {
        List<Double> losses = Collections.synchronizedList(new ArrayList<>());
        Map<Integer, TrainReport> reports = Collections.synchronizedMap(new TreeMap<>());
        Map<String, float[]> weights = Collections.synchronizedMap(new TreeMap<>());
        LocalWorld.run(ranks, communicator -> {
            try (JobData data = data()) {
                reports.put(communicator.rank(), TrainingJob.run(config, communicator, data, new TrainListener() {
                    @Override
                    public void stepped(StepProgress progress) {
                        if (communicator.rank() == 0) {
                            losses.add(progress.loss());
                        }
                    }
                }));
            }
        });
        LocalWorld.run(1, communicator -> weights.putAll(weights(config, communicator)));
        return new Result(losses, reports, weights);
    }

    /// @return everything in the newest checkpoint, read by one rank
    static Map<String, float[]> weights(JobConfig config, Communicator communicator) {
        Map<String, float[]> all = new TreeMap<>();
        try (OffHeap memory = OffHeap.unlimited("test");
                JobData data = data();
                HybridModel model = new HybridModel(config, data.training().schema(), 1, communicator, memory)) {
            CheckpointStore store =
                    new CheckpointStore(Path.of(config.getCheckpoint().getPath()), communicator, memory, warning -> {});
            store.restore(requireNonNull(store.newest()), model.contents());
            all.put("dense", model.dense().weights().toArray());
            all.put("dense state", model.dense().state().toArray());
            for (Contents.Rows rows : model.contents().rows()) {
                long count = rows.part().rows();
                Floats weights = memory.floats("w", count * rows.part().dim());
                rows.part().readWeights(0, count, weights);
                all.put("table " + rows.table(), weights.toArray());
                Floats state = memory.floats("s", count * rows.part().stateWidth());
                rows.part().readState(0, count, state);
                all.put("state " + rows.table(), state.toArray());
            }
        }
        return all;
    }
}
