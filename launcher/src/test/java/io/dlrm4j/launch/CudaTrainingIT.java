package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.CollectivesKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.RowKind;
import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.testkit.StandIn;
import io.dlrm4j.trainer.TrainingJob;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole jobs on the engine `cuda`, on the stand-in for a card: the numbers of the engine `cpu`, checkpoints
/// that either continues, several ranks on one card.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CudaTrainingIT {
    private static final int HALF = 6;
    private static final int ALL = 12;

    @TempDir
    static Path data;

    @TempDir
    Path folder;

    private static StandIn standIn;

    @AfterEach
    void reset() {
        standIn.reset();
    }

    @BeforeAll
    static void generate() throws IOException, InterruptedException {
        standIn = StandIn.required();
        GenerateOptions options = GenerateOptions.of(data.resolve("clicks"), 1_400, 7)
                .withCardinalities(Cardinalities.kaggle().scaled(1e-5));
        GenerateClicks.run(options, ProgressListener.NONE);
    }

    private TrainReport train(String engine, int ranks, String checkpoints, int steps) {
        return train(engine, ranks, config(engine, checkpoints, steps));
    }

    private JobConfig.Builder config(String engine, String checkpoints, int steps) {
        JobConfig.Builder config = JobConfig.newBuilder();
        config.getModelBuilder()
                .setEmbeddingDim(8)
                .addAllBottom(List.of(13, 16, 8))
                .addAllTop(List.of(16, 1));
        config.getOptimizerBuilder()
                .setTables(OptimizerKind.ROW_WISE_ADAGRAD)
                .setMlps(OptimizerKind.ADAGRAD)
                .setLearningRate(0.02);
        config.getDataBuilder()
                .setPath(data.resolve("clicks").toString())
                .setBatchSize(64)
                .setEvaluationBatchSize(50);
        config.getTrainBuilder().setEngine(engine).setMaxSteps(steps);
        config.getCheckpointBuilder()
                .setPath(folder.resolve(checkpoints).toString())
                .setResume(true);
        config.getCudaBuilder()
                .setPath(standIn.folder().toString())
                .setCache(standIn.folder().resolve("kernels").toString());
        return config;
    }

    /// A rank's card is that of its number, as the launcher has it.
    private static TrainReport train(String engine, int ranks, JobConfig.Builder config) {
        AtomicReference<TrainReport> first = new AtomicReference<>();
        LocalWorld.run(ranks, communicator -> {
            JobConfig.Builder mine = config.clone();
            mine.getCudaBuilder().setDevice(communicator.rank());
            TrainReport report = TrainingJob.run(mine.build(), communicator, TrainListener.NONE);
            if (communicator.rank() == 0) {
                first.set(report);
            }
        });
        return Objects.requireNonNull(first.get(), engine + ": rank 0 reported nothing");
    }

    private static void assertSame(TrainReport got, TrainReport want) {
        assertThat(got.lastLoss()).isCloseTo(want.lastLoss(), within(1e-4));
        BinaryMetrics quality = Objects.requireNonNull(got.quality());
        BinaryMetrics wanted = Objects.requireNonNull(want.quality());
        assertThat(quality.logLoss()).isCloseTo(wanted.logLoss(), within(1e-4));
        assertThat(quality.auc()).isCloseTo(wanted.auc(), within(1e-3));
    }

    @Test
    void eitherEngineContinuesTheCheckpointOfTheOther() {
        TrainReport onCpu = train("cpu", 1, "cpu", ALL);
        train("cuda", 1, "from-card", HALF);
        TrainReport fromCard = train("cpu", 1, "from-card", ALL);
        assertThat(fromCard.stepsHere()).isEqualTo(ALL - HALF);
        assertSame(fromCard, onCpu);
        train("cpu", 1, "to-card", HALF);
        TrainReport toCard = train("cuda", 1, "to-card", ALL);
        assertThat(toCard.stepsHere()).isEqualTo(ALL - HALF);
        assertSame(toCard, onCpu);
    }

    @Test
    void severalRanksOnOneCardAreOneRank() {
        TrainReport one = train("cpu", 1, "one", ALL);
        assertSame(train("cuda", 2, "two", ALL), one);
        assertSame(train("cuda", 3, "three", ALL), one);
    }

    /// The engine `nd4j` as well: tables that are spread are looked up and moved one by one on every engine.
    @Test
    void tablesMayLieAnywhere() {
        TrainReport one = train("cpu", 1, spread("cpu", "one-spread", ALL));
        for (String engine : List.of("cuda", "nd4j")) {
            String checkpoints = engine + "-spread";
            train(engine, 2, spread(engine, checkpoints, HALF));
            TrainReport continued = train(engine, 3, spread(engine, checkpoints, ALL));
            assertThat(continued.stepsHere()).isEqualTo(ALL - HALF);
            assertSame(continued, one);
        }
    }

    /// A value that one engine rounds up and another down makes a difference of a 256th of it.
    @Test
    void everyEngineTakesWhatTravelsInOtherFormats() {
        TrainReport onCpu = train("cpu", 2, packed("cpu", Format.BF16, 1));
        for (String engine : List.of("cuda", "nd4j")) {
            TrainReport other = train(engine, 2, packed(engine, Format.BF16, 1));
            assertThat(other.lastLoss()).isCloseTo(onCpu.lastLoss(), within(2e-3));
            TrainReport largest = train(engine, 2, packed(engine, Format.INT8, 0.2));
            assertThat(largest.lastLoss()).isCloseTo(onCpu.lastLoss(), within(0.1));
        }
    }

    private JobConfig.Builder packed(String engine, Format format, double kept) {
        JobConfig.Builder config = spread(engine, engine + format, ALL);
        config.getWireBuilder().setForward(format).setBackward(format).setAllReduce(format);
        config.getDctBuilder().setActivations(kept).setGradients(kept);
        return config;
    }

    private JobConfig.Builder spread(String engine, String checkpoints, int steps) {
        JobConfig.Builder config = config(engine, checkpoints, steps);
        config.getOptimizerBuilder().setTables(OptimizerKind.ADAGRAD);
        config.getShardingBuilder()
                .addRowWise("C3")
                .addRowWise("C12")
                .addColumnWise("C4")
                .setDataParallelRows(20);
        return config;
    }

    @Test
    void cardsJoinedByNcclTakeWholeTablesOnly() {
        standIn.set("devices", 2);
        JobConfig.Builder config = spread("cuda", "nccl-spread", HALF);
        config.getCommBuilder().setCollectives(CollectivesKind.NCCL);
        assertThatThrownBy(() -> train("cuda", 2, config))
                .hasStackTraceContaining("want table-wise with comm.collectives=NCCL");
    }

    @Test
    void cardsJoinedByNcclAreOneRank() {
        standIn.set("devices", 3);
        TrainReport one = train("cpu", 1, "one", ALL);
        for (int ranks = 2; ranks <= 3; ranks++) {
            JobConfig.Builder config = config("cuda", "nccl-" + ranks, HALF);
            config.getCommBuilder().setCollectives(CollectivesKind.NCCL);
            train("cuda", ranks, config);
            config.getTrainBuilder().setMaxSteps(ALL);
            assertSame(train("cuda", ranks, config), one);
        }
        assertThat(standIn.count("handles")).as("left open").isZero();
    }

    @Test
    void aRankWithoutSamplesTakesPartAllTheSame() {
        standIn.set("devices", 3);
        JobConfig.Builder config = config("cuda", "small", 3);
        config.getDataBuilder().setBatchSize(2); // rank 2 has none
        config.getCommBuilder().setCollectives(CollectivesKind.NCCL);
        TrainReport three = train("cuda", 3, config);
        JobConfig.Builder alone = config("cpu", "small-cpu", 3);
        alone.getDataBuilder().setBatchSize(2);
        assertSame(three, train("cpu", 1, alone));
    }

    @Test
    void ncclIsRefusedWhereItCannotBe() {
        JobConfig.Builder shared = config("cuda", "shared", 1);
        shared.getCommBuilder().setCollectives(CollectivesKind.NCCL);
        assertThatThrownBy(() -> train("cuda", 2, shared))
                .hasMessageContaining("comm.collectives=nccl: ranks 0 and 1 have the same card");
        JobConfig.Builder cpu = config("cpu", "cpu-nccl", 1);
        cpu.getCommBuilder().setCollectives(CollectivesKind.NCCL);
        assertThatThrownBy(() -> train("cpu", 2, cpu))
                .hasMessageContaining("comm.collectives=nccl with train.engine=cpu, want the engine cuda, or host");
    }

    /// Roundings decide which way a row goes, and the order of sums is another each time: close, not equal.
    @Test
    void rowsInBfloat16TrainAsWell() {
        JobConfig.Builder halves = config("cuda", "halves", HALF);
        halves.getCudaBuilder().setRows(RowKind.BFLOAT16);
        train("cuda", 1, halves);
        halves.getTrainBuilder().setMaxSteps(ALL);
        TrainReport resumed = train("cuda", 1, halves);
        assertThat(resumed.stepsHere()).isEqualTo(ALL - HALF);
        assertThat(resumed.lastLoss()).isCloseTo(train("cpu", 1, "floats", ALL).lastLoss(), within(5e-3));
    }
}
