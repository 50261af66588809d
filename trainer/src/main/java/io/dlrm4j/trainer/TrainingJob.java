package io.dlrm4j.trainer;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.CommListener;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import io.dlrm4j.trainer.checkpoint.CheckpointSaver;
import io.dlrm4j.trainer.checkpoint.CheckpointStore;
import io.dlrm4j.trainer.checkpoint.CheckpointStore.Verified;
import io.dlrm4j.trainer.feed.JobData;
import io.dlrm4j.trainer.feed.Prefetch;
import io.dlrm4j.trainer.feed.Schedule;
import io.dlrm4j.trainer.report.JobStart;
import io.dlrm4j.trainer.report.MetricsFile;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import io.dlrm4j.trainer.timing.StepTimes;
import io.dlrm4j.trainer.timing.Timeline;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Trains: one rank of a job from its configuration to its report. Every rank of the job runs it at the same time.
public final class TrainingJob {
    private final JobConfig config;
    private final Communicator communicator;
    private final JobData data;
    private final OffHeap memory;
    private final StopRequest stop;
    private final Schedule schedule;

    private TrainingJob(JobConfig config, Communicator communicator, JobData data, OffHeap memory, StopRequest stop) {
        this.config = config;
        this.communicator = communicator;
        this.data = data;
        this.stop = stop;
        this.memory = memory;
        this.schedule =
                Schedule.of(config.getData(), config.getTrain(), data.training().samples());
    }

    /// Runs the job to its end.
    ///
    /// @param config the same on every rank
    /// @param communicator joined; stays open
    /// @param stop ends the job early, where it writes checkpoints; else it is not looked at
    /// @param listener told of this rank's progress
    /// @throws IllegalArgumentException when the configuration does not fit itself or the data
    /// @throws DataException when a batch cannot be read
    /// @throws CheckpointException when a checkpoint cannot be written or continued
    /// @throws DivergedException when the loss is not a number
    /// @throws CommException when a rank is lost
    public static TrainReport run(
            JobConfig config, Communicator communicator, StopRequest stop, TrainListener listener) {
        return RankScope.run(config.getTrain(), communicator, memory -> {
            try (JobData data = JobData.open(config)) {
                return new TrainingJob(config, communicator, data, memory, stop).run(listener);
            }
        });
    }

    /// Runs the job to its end, which nobody asks to come early.
    public static TrainReport run(JobConfig config, Communicator communicator, TrainListener listener) {
        return run(config, communicator, new StopRequest(), listener);
    }

    /// Runs the job on data that is open already and stays open.
    public static TrainReport run(JobConfig config, Communicator communicator, JobData data, TrainListener listener) {
        return run(config, communicator, data, new StopRequest(), listener);
    }

    /// Runs the job on data that is open already and stays open.
    static TrainReport run(
            JobConfig config, Communicator communicator, JobData data, StopRequest stop, TrainListener listener) {
        return RankScope.run(
                config.getTrain(),
                communicator,
                memory -> new TrainingJob(config, communicator, data, memory, stop).run(listener));
    }

    private TrainReport run(TrainListener listener) throws IOException {
        BatchSource evaluation = data.evaluation();
        int batchSize = config.getData().getBatchSize();
        int maxBatch =
                evaluation == null ? batchSize : Math.max(batchSize, Evaluator.batchSize(config.getData(), evaluation));
        try (HybridModel model = new HybridModel(config, data.training().schema(), maxBatch, communicator, memory)) {
            Evaluator evaluator = evaluation == null ? null : new Evaluator(model, evaluation, config, memory);
            Batch[] batches = {model.newBatch("batch A", batchSize), model.newBatch("batch B", batchSize)};
            if (config.getCheckpoint().getPath().isEmpty()) {
                model.initialize(config.getModel().getSeed());
                return run(model, batches, evaluator, null, null, listener);
            }
            try (CheckpointStore store = store(listener)) {
                Verified resumed = startOrResume(model, store);
                if (resumed == null) {
                    model.initialize(config.getModel().getSeed());
                }
                try (CheckpointSaver saver =
                        new CheckpointSaver(store, config, model.engine().name(), model.contents(), memory)) {
                    return run(model, batches, evaluator, saver, resumed, listener);
                }
            }
        }
    }

    private TrainReport run(
            HybridModel model,
            Batch[] batches,
            @Nullable Evaluator evaluator,
            @Nullable CheckpointSaver saver,
            @Nullable Verified resumed,
            TrainListener listener)
            throws IOException {
        long firstStep = resumed == null ? 0 : resumed.manifest().getPosition().getStep();
        Timeline timeline = config.getTrain().getTrace().isEmpty() ? null : new Timeline();
        StepTimes times = new StepTimes(firstStep, schedule.steps(), timeline);
        Checkpointing checkpointing =
                saver == null ? null : new Checkpointing(config, saver, schedule, communicator.rank() == 0);
        StopVote vote = saver == null ? null : new StopVote(communicator, stop, memory);
        Evaluator onTraining =
                evaluator == null ? Evaluator.ofTraining(model, data.training(), config, memory, batches) : null;
        Trainer trainer = new Trainer(
                config, model, data.training(), schedule, times, evaluator, onTraining, checkpointing, vote);
        model.dense().timeWith(times);
        return run(trainer, model, batches, times, resumed, listener);
    }

    private CheckpointStore store(TrainListener listener) {
        if (config.getCheckpoint().getKeep() < CheckpointFolder.MIN_KEEP) {
            throw new IllegalArgumentException(
                    "checkpoint.keep=%d, want 2 or more: when the newest is damaged, the one before it is needed"
                            .formatted(config.getCheckpoint().getKeep()));
        }
        return new CheckpointStore(Path.of(config.getCheckpoint().getPath()), communicator, memory, listener::warned);
    }

    /// @return the checkpoint the model was filled from, or null for a new run
    private @Nullable Verified startOrResume(HybridModel model, CheckpointStore checkpoints) {
        checkpoints.openForWriting();
        Verified newest = config.getCheckpoint().getResume() ? checkpoints.newest() : null;
        if (newest == null) {
            checkpoints.requireEmpty();
            return null;
        }
        checkpoints.requireResumable(
                newest, model.contents(), config, data.training().samples());
        checkpoints.restore(newest, model.contents());
        checkpoints.setAsideNewerThan(newest);
        return newest;
    }

    private TrainReport run(
            Trainer trainer,
            HybridModel model,
            Batch[] batches,
            StepTimes times,
            @Nullable Verified resumed,
            TrainListener listener)
            throws IOException {
        long firstStep = resumed == null ? 0 : resumed.manifest().getPosition().getStep();
        Path from = resumed == null ? null : resumed.path();
        int timeout = config.getComm().getProgressTimeoutSeconds();
        try (MetricsFile metrics = MetricsFile.open(config.getTrain(), communicator.rank(), resumed != null, listener);
                Prefetch reader = new Prefetch(
                        data.training(), schedule, firstStep, batches, communicator::progress, times::read, timeout)) {
            metrics.started(new JobStart(
                    communicator.rank(),
                    communicator.size(),
                    model.engine().description(),
                    model.describePlan(),
                    memory.budget(),
                    schedule.samples(),
                    firstStep,
                    schedule.steps(),
                    from));
            reader.start();
            times.join(communicator);
            communicator.listen(times);
            TrainReport report = trainer.run(reader, firstStep, from, metrics);
            communicator.listen(CommListener.NONE);
            times.writeTimeline(communicator, Path.of(config.getTrain().getTrace()));
            metrics.finished(report);
            return report;
        }
    }
}
