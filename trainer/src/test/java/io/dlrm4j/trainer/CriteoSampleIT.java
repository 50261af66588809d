package io.dlrm4j.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.criteo.DaySplit;
import io.dlrm4j.criteo.Prepare;
import io.dlrm4j.criteo.PrepareOptions;
import io.dlrm4j.criteo.PrepareReport;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real clicks, from the raw file to the quality that the reference implementation reaches on exactly these rows.
class CriteoSampleIT {
    private static final long ROWS_PER_DAY = 19_592;

    /// Mean and standard deviation over seeds of the reference implementation, Adagrad 0.01, one epoch, batch 128.
    private static final double REFERENCE_AUC = 0.7695;

    private static final double REFERENCE_AUC_DEVIATION = 0.0009;
    private static final double REFERENCE_LOG_LOSS = 0.4807;
    private static final double REFERENCE_LOG_LOSS_DEVIATION = 0.0006;

    /// One seed here against a mean there: three deviations.
    private static final double DEVIATIONS = 3;

    @TempDir
    Path folder;

    @Test
    void oneEpochOfAdagradOnTwoRanksReachesTheQualityOfTheReference() throws IOException {
        Path raw = Path.of(System.getProperty("data.dir", "absent"), "criteo", "kaggle_sample.tsv.gz");
        assumeTrue(Files.isRegularFile(raw), "data.dir holds no criteo/kaggle_sample.tsv.gz");
        PrepareReport prepared = Prepare.run(
                PrepareOptions.of(List.of(raw), folder.resolve("prepared")).withDays(DaySplit.ofRows(ROWS_PER_DAY)),
                ProgressListener.NONE);
        assertThat(prepared.rows()).isEqualTo(127_346);

        Map<Integer, TrainReport> reports = new ConcurrentHashMap<>();
        LocalWorld.run(
                2,
                communicator ->
                        reports.put(communicator.rank(), TrainingJob.run(job(), communicator, TrainListener.NONE)));

        TrainReport report = requireNonNull(reports.get(0));
        BinaryMetrics quality = requireNonNull(report.quality());
        assertThat(report.steps()).isEqualTo(918);
        assertThat(quality.samples()).isEqualTo(9_794);
        assertThat(quality.auc()).isCloseTo(REFERENCE_AUC, within(DEVIATIONS * REFERENCE_AUC_DEVIATION));
        assertThat(quality.logLoss()).isCloseTo(REFERENCE_LOG_LOSS, within(DEVIATIONS * REFERENCE_LOG_LOSS_DEVIATION));
        assertThat(requireNonNull(reports.get(1)).quality()).isEqualTo(quality);
    }

    private JobConfig job() {
        JobConfig.Builder job = JobConfig.newBuilder();
        job.getModelBuilder()
                .setEmbeddingDim(16)
                .addAllBottom(List.of(13, 512, 256, 64, 16))
                .addAllTop(List.of(512, 256, 1));
        job.getOptimizerBuilder()
                .setTables(OptimizerKind.ADAGRAD)
                .setMlps(OptimizerKind.ADAGRAD)
                .setLearningRate(0.01);
        job.getDataBuilder()
                .setPath(folder.resolve("prepared").toString())
                .setBatchSize(128)
                .setDropLast(true);
        job.getTrainBuilder().setEvaluateOn("last_day");
        return job.build();
    }
}
