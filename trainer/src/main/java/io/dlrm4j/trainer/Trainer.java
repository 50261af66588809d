package io.dlrm4j.trainer;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.engine.StepPhase;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.core.optim.LearningRate;
import io.dlrm4j.trainer.feed.Prefetch;
import io.dlrm4j.trainer.feed.Schedule;
import io.dlrm4j.trainer.report.Profile;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import io.dlrm4j.trainer.timing.StepTimes;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The loop of one rank: batch, step, report; every so often a checkpoint, then an evaluation; both at the end.
///
/// Every rank runs the same loop with the same numbers; a checkpoint and an evaluation begin with the proof that the
/// copies of the MLPs are equal. Training continues from step `firstStep` as if it had never stopped.
///
/// Where the engine can have two steps under way, a step is started before the one before it is finished, so that a
/// card finds its next batch waiting; steps are still finished and reported in order, and all of them before anybody
/// looks at weights.
final class Trainer {
    private final JobConfig config;
    private final HybridModel model;
    private final HybridStep step;
    private final Schedule schedule;
    private final Divergence divergence;
    private final LearningRate rate;
    private final StepTimes times;
    private final @Nullable Evaluator evaluator;
    private final @Nullable Evaluator onTraining;
    private final Stragglers stragglers;
    private final @Nullable Checkpointing checkpoints;
    private final @Nullable StopVote vote;
    private final StepProgress progress = new StepProgress();
    private final Times unreported = new Times();
    private final double[] losses = new double[WholeStep.MOST_UNDER_WAY];
    private long finished;
    private long trainNanos;
    private long lastEnd = System.nanoTime();
    private double lastLoss = Double.NaN;
    private TrainListener listener = TrainListener.NONE;

    /// Nanoseconds of the loop that no report holds yet.
    private static final class Times {
        private long nanos;
        private long read;
        private long wait;
        private long move;

        private void add(StepTimes times) {
            nanos += times.nanos();
            read += times.nanos(StepPhase.READ);
            wait += times.nanos(StepPhase.WAIT);
            move += times.nanos(StepPhase.EXCHANGE) + times.nanos(StepPhase.ALL_REDUCE);
        }

        private void clear() {
            nanos = 0;
            read = 0;
            wait = 0;
            move = 0;
        }
    }

    /// @param source what the batches are read from
    /// @param times takes the time of every step
    /// @param evaluator null: nothing is evaluated
    /// @param onTraining scores training samples at the end, to see whether anything was learned; null: nobody
    ///     looks
    /// @param checkpoints null: none are written
    /// @param vote null: nothing but a failure stops the loop early
    Trainer(
            JobConfig config,
            HybridModel model,
            BatchSource source,
            Schedule schedule,
            StepTimes times,
            @Nullable Evaluator evaluator,
            @Nullable Evaluator onTraining,
            @Nullable Checkpointing checkpoints,
            @Nullable StopVote vote) {
        this.config = config;
        this.model = model;
        this.step = new HybridStep(model, times);
        this.schedule = schedule;
        this.divergence = new Divergence(model.communicator().rank(), source, schedule);
        this.times = times;
        this.rate = LearningRate.of(config.getOptimizer());
        this.evaluator = evaluator;
        this.onTraining = onTraining;
        this.stragglers = new Stragglers(model.communicator().size());
        this.checkpoints = checkpoints;
        this.vote = vote;
    }

    /// Trains from `firstStep` to the end of the schedule, or until a rank asks to stop.
    ///
    /// @param reader gives the batches of these steps, started
    /// @param resumedFrom the checkpoint the weights come from, or null
    /// @param told of every step, evaluation and checkpoint
    TrainReport run(Prefetch reader, long firstStep, @Nullable Path resumedFrom, TrainListener told) {
        listener = told;
        if (checkpoints != null) {
            checkpoints.start(resumedFrom, told);
        }
        model.requireEqualReplicas("step " + firstStep);
        finished = firstStep;
        LearningWatch watch =
                new LearningWatch(model.communicator(), model.shape().loss(), firstStep);
        boolean stopped = false;
        for (long next = firstStep; next < schedule.steps() && !stopped; next++) {
            long done = next + 1;
            boolean last = done == schedule.steps();
            boolean saves = checkpoints != null
                    && (last || isDue(done, config.getCheckpoint().getEvery()));
            boolean evaluates = !last && isDue(done, config.getTrain().getEvaluateEvery());
            boolean checks = watch.isDue(done);
            if (vote != null) {
                vote.start();
            }
            train(reader, watch, next, last || saves || evaluates || checks ? done : done - step.mostUnderWay() + 1);
            stopped = vote != null && vote.isCarried() && !last;
            if (stopped) {
                finishAll(done);
            }
            if (checks && !stopped) {
                watch.check(done, listener);
            }
            if (saves || stopped) {
                save(done, last || stopped);
            }
            if (evaluates && !stopped) {
                evaluate(done);
            }
        }
        BinaryMetrics quality = stopped ? null : evaluate(finished);
        if (!stopped && onTraining != null && finished > firstStep) {
            reader.close(); // its batches and its source are used once more
            Evaluator.warn("step " + finished, onTraining.evaluate(), model.communicator(), listener);
        }
        Profile profile = times.gather(model.communicator());
        return new TrainReport(
                finished,
                Math.max(0, finished - firstStep),
                stopped,
                samples(firstStep),
                trainNanos * 1e-9,
                lastLoss,
                quality,
                checkpoints == null ? null : checkpoints.last(),
                config.getTrain().getProfile() ? profile : null);
    }

    /// Starts step `next`, and finishes all steps before `until`.
    private void train(Prefetch reader, LearningWatch watch, long next, long until) {
        if (checkpoints != null) {
            checkpoints.beforeStep();
        }
        times.begin(next);
        times.enter(StepPhase.READ);
        Batch batch = reader.next(); // waits for the reader
        watch.started(batch);
        model.atStep(next);
        try {
            step.start(batch, (float) rate.at(next));
        } catch (NotFiniteException e) {
            reader.close(); // the source is read once more
            throw divergence.of(next, e);
        }
        long first = finished;
        while (finished < until) {
            lastLoss = step.finish(); // waits for the card, if there is one
            requireFinite(finished);
            losses[(int) (finished - first)] = lastLoss;
            watch.finished(lastLoss, schedule.count(finished));
            finished++;
        }
        times.end();
        nameTheSlow();
        trainNanos += times.nanos();
        if (checkpoints != null) {
            checkpoints.afterStep(batch);
        }
        unreported.add(times);
        for (long done = first; done < finished; done++) {
            report(done, losses[(int) (done - first)], finished - first);
        }
        if (finished > first) {
            unreported.clear();
        }
    }

    /// Tells the others with the next step for how much of the time since the last one this rank has waited.
    private void nameTheSlow() {
        long now = System.nanoTime();
        LossSum shares = model.losses();
        String slow = shares.waited().length > 1 ? stragglers.step(shares.waited()) : "";
        if (!slow.isEmpty() && model.communicator().rank() == 0) {
            listener.warned("step %d: %s".formatted(finished, slow));
        }
        shares.waited((double) times.nanos(StepPhase.WAIT) / (now - lastEnd));
        lastEnd = now;
    }

    /// Finishes the steps that are under way, all of them before `done`.
    private void finishAll(long done) {
        while (finished < done) {
            lastLoss = step.finish();
            requireFinite(finished);
            finished++;
            report(finished - 1, lastLoss, 1);
        }
    }

    private void save(long done, boolean last) {
        if (checkpoints != null) {
            long begin = System.nanoTime();
            model.requireEqualReplicas("step " + done);
            checkpoints.save(done, last, begin);
        }
    }

    private void requireFinite(long number) {
        if (!Double.isFinite(lastLoss)) {
            throw divergence.of(number, lastLoss);
        }
    }

    /// Reports one of some steps that were finished together.
    private void report(long number, double loss, long together) {
        progress.at(number + 1, schedule.steps(), schedule.epoch(number), schedule.count(number), rate.at(number));
        progress.result(
                loss,
                unreported.nanos / together,
                unreported.read / together,
                unreported.wait / together,
                unreported.move / together);
        listener.stepped(progress);
    }

    private @Nullable BinaryMetrics evaluate(long done) {
        if (evaluator == null) {
            return null;
        }
        model.requireEqualReplicas("step " + done);
        BinaryMetrics quality = evaluator.evaluate();
        listener.evaluated(done, quality);
        Evaluator.warn("step " + done, quality, model.communicator(), listener);
        return quality;
    }

    private long samples(long firstStep) {
        long samples = 0;
        for (long next = firstStep; next < finished; next++) {
            samples += schedule.count(next);
        }
        return samples;
    }

    private static boolean isDue(long done, int every) {
        return every > 0 && done % every == 0;
    }
}
