package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.TrainingJob;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every kind of sharding with every optimizer on the engines `cpu` and `nd4j`, one-hot and multi-hot: the losses of
/// one
/// rank. The weights behind the losses are compared by `SameForAnyRanksIT` and `SpreadTablesTest`, on the engine `cpu`;
/// the engine `cuda` has one mixture of kinds in `CudaTrainingIT`.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ShardingMatrixIT {
    private static final long[] TABLES = {50, 1, 20, 7};
    private static final int RANKS = 3;

    /// Of losses: means of 17 single-precision terms.
    private static final double TOLERANCE_PERCENT = 1e-4;

    private enum Spread {
        TABLE_WISE,
        ROW_WISE,
        TABLE_ROW_WISE,
        COLUMN_WISE,
        DATA_PARALLEL;

        ShardingConfig.Builder config() {
            ShardingConfig.Builder config = ShardingConfig.newBuilder();
            return switch (this) {
                case TABLE_WISE -> config.addTableWise("C1@2");
                case ROW_WISE -> config.addRowWise("*");
                case TABLE_ROW_WISE -> config.addTableRowWise("*").setRanksPerHost(2);
                case COLUMN_WISE -> config.addColumnWise("*");
                case DATA_PARALLEL -> config.addDataParallel("*");
            };
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void everyKindTrainsAsOneRankDoes(String engine) {
        for (OptimizerKind kind : OptimizerKind.values()) {
            for (boolean oneHot : new boolean[] {true, false}) {
                List<Double> one = losses(config(engine, kind).build(), oneHot, 1);
                for (Spread spread : Spread.values()) {
                    JobConfig config =
                            config(engine, kind).setSharding(spread.config()).build();
                    List<Double> many = losses(config, oneHot, RANKS);
                    String what = "%s %s %s %s".formatted(engine, kind, spread, oneHot ? "one-hot" : "multi-hot");
                    assertThat(many).as(what).hasSameSizeAs(one);
                    for (int step = 0; step < one.size(); step++) {
                        assertThat(many.get(step))
                                .as("%s, step %d", what, step)
                                .isCloseTo(one.get(step), Percentage.withPercentage(TOLERANCE_PERCENT));
                    }
                }
            }
        }
    }

    private static JobConfig.Builder config(String engine, OptimizerKind kind) {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getModelBuilder()
                .setEmbeddingDim(4)
                .addAllBottom(List.of(5, 8, 4))
                .addAllTop(List.of(6, 1));
        config.getOptimizerBuilder()
                .setTables(kind)
                .setMlps(kind == OptimizerKind.SGD ? OptimizerKind.SGD : OptimizerKind.ADAGRAD)
                .setLearningRate(0.05);
        config.getDataBuilder().setBatchSize(17);
        config.getTrainBuilder().setEngine(engine).setEvaluateOn("none");
        return config;
    }

    private static List<Double> losses(JobConfig config, boolean oneHot, int ranks) {
        List<Double> losses = Collections.synchronizedList(new ArrayList<>());
        LocalWorld.run(ranks, communicator -> {
            RandomBatches samples =
                    oneHot ? RandomBatches.oneHot(7, 101, 5, TABLES) : RandomBatches.multiHot(7, 101, 5, 3, TABLES);
            try (JobData data = new JobData(samples, samples, 0)) {
                TrainingJob.run(config, communicator, data, new TrainListener() {
                    @Override
                    public void stepped(StepProgress progress) {
                        if (communicator.rank() == 0) {
                            losses.add(progress.loss());
                        }
                    }
                });
            }
        });
        return losses;
    }
}
