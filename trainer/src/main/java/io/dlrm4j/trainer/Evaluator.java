package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.config.DataConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.core.metric.LearningCheck;
import io.dlrm4j.core.metric.ScoreCollector;
import io.dlrm4j.trainer.feed.Prefetch;
import io.dlrm4j.trainer.feed.ReadListener;
import io.dlrm4j.trainer.feed.Schedule;
import io.dlrm4j.trainer.report.TrainListener;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Scores every sample of a source once, in order, on all ranks together; rank 0 gets each logit with its label.
///
/// All ranks call the same methods at the same place; every method waits for them. Weights do not change.
public final class Evaluator {
    /// What may help a model that has learned nothing.
    static final String ADVICE = "look at the labels and the features, or change optimizer.learning_rate";

    /// Of a training source so many samples tell whether anything was learned.
    private static final int SAMPLE = 1 << 14;

    private final HybridModel model;
    private final HybridStep step;
    private final BatchSource source;
    private final Schedule schedule;
    private final int timeoutSeconds;
    private final Batch[] batches;
    private final Floats logits; // of a whole global batch
    private final Floats labels;
    private final long[] offsets;
    private final int hiddenWidth;
    private Floats hidden = Floats.NONE; // of a whole global batch, where wanted

    /// Takes the scores on rank 0, in order.
    @FunctionalInterface
    public interface ScoreSink {
        /// @param row number of the sample in the source
        /// @param hidden activations of the top MLP's last hidden layer, `[hiddenWidth]`, valid during the
        ///     call; of length 0 where nobody [wants][Evaluator#wantHidden] them
        void accept(long row, float label, float logit, Floats hidden) throws IOException;
    }

    /// @param source the samples
    /// @param config batch size and timeout
    /// @param memory owns the buffers
    public Evaluator(HybridModel model, BatchSource source, JobConfig config, OffHeap memory) {
        this(model, source, config, memory, batchSize(config.getData(), source), source.samples(), new Batch[] {
            model.newBatch("evaluation A", batchSize(config.getData(), source)),
            model.newBatch("evaluation B", batchSize(config.getData(), source))
        });
    }

    /// @param first samples that are scored, at least
    private Evaluator(
            HybridModel model,
            BatchSource source,
            JobConfig config,
            OffHeap memory,
            int batch,
            long first,
            Batch[] batches) {
        this.model = model;
        this.step = new HybridStep(model, StepClock.NONE);
        this.source = source;
        this.timeoutSeconds = config.getComm().getProgressTimeoutSeconds();
        this.schedule = new Schedule(source.samples(), batch, false, Math.ceilDiv(first, (long) batch));
        this.batches = batches;
        this.logits = memory.floats("evaluation logits", batch);
        this.labels = memory.floats("evaluation labels", batch);
        this.offsets = new long[model.communicator().size() + 1];
        this.hiddenWidth = model.shape().hiddenWidth();
    }

    /// Has sinks get the activations of the top MLP's last hidden layer, from now on. To be called on all ranks.
    ///
    /// @param memory owns a buffer of one global batch
    /// @return how many there are
    /// @throws IllegalArgumentException when the model has no hidden layer there, or the engine keeps none
    public int wantHidden(OffHeap memory) {
        if (hiddenWidth == 0) {
            throw new IllegalArgumentException("model.top=%s: no hidden layer whose activations could be written"
                    .formatted(model.shape().top()));
        }
        if (!model.dense().givesHidden()) {
            throw new IllegalArgumentException(
                    "train.engine=%s keeps no activations of the hidden layer, want cpu or nd4j to write them"
                            .formatted(model.engine().name()));
        }
        hidden = memory.floats("evaluation hidden layer", logits.length() * hiddenWidth);
        return hiddenWidth;
    }

    /// For a job without evaluation samples: scores the first of those it trained on.
    ///
    /// @param batches of the training, free when an evaluation begins
    static Evaluator ofTraining(
            HybridModel model, BatchSource source, JobConfig config, OffHeap memory, Batch[] batches) {
        int batch = (int) Math.min(config.getData().getBatchSize(), source.samples());
        return new Evaluator(model, source, config, memory, batch, Math.min(SAMPLE, source.samples()), batches);
    }

    /// @return samples of one global batch of an evaluation, which the model must have room for
    static int batchSize(DataConfig config, BatchSource source) {
        if (config.getEvaluationBatchSize() < 1) {
            throw new IllegalArgumentException(
                    "data.evaluation_batch_size=%d, want 1 or more".formatted(config.getEvaluationBatchSize()));
        }
        return Math.clamp(source.samples(), 1, config.getEvaluationBatchSize());
    }

    /// @return quality over all samples, the same on every rank
    public BinaryMetrics evaluate() {
        int expected = (int) Math.min(source.samples(), 1 << 26);
        ScoreCollector collector = new ScoreCollector(isFirst() ? expected : 1);
        try {
            forEachScore((row, label, logit, _) -> collector.append(logit, label));
        } catch (IOException e) {
            throw new IllegalStateException("a collector in memory does no input or output", e);
        }
        return share(isFirst() ? toBytes(collector.metrics()) : new byte[0]);
    }

    /// Says it where a person reads it when a model has learned nothing.
    ///
    /// @param when as printed: `step 1200`
    static void warn(String when, BinaryMetrics quality, Communicator communicator, TrainListener listener) {
        String verdict = LearningCheck.verdict(quality);
        if (communicator.rank() == 0 && !verdict.isEmpty()) {
            listener.warned("%s: %s; %s".formatted(when, verdict, ADVICE));
        }
    }

    /// Runs over all samples.
    ///
    /// @param sink called on rank 0 alone
    public void forEachScore(ScoreSink sink) throws IOException {
        Communicator communicator = model.communicator();
        try (Prefetch reader =
                new Prefetch(source, schedule, 0, batches, communicator::progress, ReadListener.NONE, timeoutSeconds)) {
            reader.start();
            for (long batch = 0; batch < schedule.steps(); batch++) {
                int count = gather(reader.next());
                for (int i = 0; isFirst() && i < count; i++) {
                    sink.accept(schedule.first(batch) + i, labels.get(i), logits.get(i), hidden(i, 1));
                }
            }
        }
    }

    /// @return the activations of some samples, of length 0 where nobody wants them
    private Floats hidden(long first, long count) {
        return hidden.length() == 0 ? hidden : hidden.slice(first * hiddenWidth, count * hiddenWidth);
    }

    /// Brings logits and labels of one global batch together, and activations where they are wanted.
    ///
    /// @return samples of the batch
    private int gather(Batch batch) {
        Communicator communicator = model.communicator();
        int count = batch.globalSize();
        for (int rank = 0; rank < offsets.length; rank++) {
            offsets[rank] = (long) Partition.start(count, communicator.size(), rank) * Float.BYTES;
        }
        Floats mine =
                hidden.length() == 0 ? step.forward(batch) : step.forward(batch, hidden(batch.from(), batch.size()));
        logits.slice(batch.from(), batch.size()).copyFrom(mine.slice(0, batch.size()));
        labels.slice(batch.from(), batch.size()).copyFrom(batch.labels().slice(0, batch.size()));
        Pending allLogits = communicator.allGather(Lane.CONTROL, logits.segment(), offsets);
        Pending allLabels = communicator.allGather(Lane.CONTROL, labels.segment(), offsets);
        allLogits.await();
        allLabels.await();
        if (hidden.length() > 0) {
            for (int rank = 0; rank < offsets.length; rank++) {
                offsets[rank] *= hiddenWidth;
            }
            communicator.allGather(Lane.CONTROL, hidden.segment(), offsets).await();
        }
        return count;
    }

    private boolean isFirst() {
        return model.communicator().rank() == 0;
    }

    private BinaryMetrics share(byte[] mine) {
        ByteBuffer bytes = ByteBuffer.wrap(model.communicator().gatherBytes(mine)[0]);
        return new BinaryMetrics(
                bytes.getLong(),
                bytes.getDouble(),
                bytes.getDouble(),
                bytes.getDouble(),
                bytes.getDouble(),
                bytes.getDouble(),
                bytes.getDouble(),
                bytes.getDouble());
    }

    private static byte[] toBytes(BinaryMetrics metrics) {
        return ByteBuffer.allocate(8 * Double.BYTES)
                .putLong(metrics.samples())
                .putDouble(metrics.logLoss())
                .putDouble(metrics.auc())
                .putDouble(metrics.normalizedEntropy())
                .putDouble(metrics.accuracy())
                .putDouble(metrics.calibration())
                .putDouble(metrics.baseRate())
                .putDouble(metrics.spread())
                .array();
    }
}
