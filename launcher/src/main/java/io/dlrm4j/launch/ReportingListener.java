package io.dlrm4j.launch;

import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.launch.process.ReportLine;
import io.dlrm4j.launch.report.Evaluated;
import io.dlrm4j.launch.report.Failed;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.report.Progress;
import io.dlrm4j.launch.report.Quality;
import io.dlrm4j.launch.report.Ready;
import io.dlrm4j.launch.report.Saved;
import io.dlrm4j.launch.report.WorkerReport;
import io.dlrm4j.trainer.checkpoint.SavedCheckpoint;
import io.dlrm4j.trainer.report.JobStart;
import io.dlrm4j.trainer.report.StepProgress;
import io.dlrm4j.trainer.report.TrainListener;
import io.dlrm4j.trainer.report.TrainReport;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/// Turns what a rank's job tells into report lines for the launcher; progress a few times a second and of rank 0 alone.
final class ReportingListener implements TrainListener {
    private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final PrintWriter out;
    private final boolean isFirst;
    private boolean started;
    private final ProgressSum since = new ProgressSum();

    /// Sums over the steps since the last report.
    private static final class ProgressSum {
        private int steps;
        private long samples;
        private long nanos;
        private long waitNanos;
        private long moveNanos;
        private long dataNanos;
        private double loss;

        void add(StepProgress progress) {
            steps++;
            samples += progress.samples();
            nanos += progress.nanos();
            waitNanos += progress.waitNanos();
            moveNanos += progress.moveNanos();
            dataNanos += progress.dataNanos();
            loss += progress.loss();
        }

        void clear() {
            steps = 0;
            samples = 0;
            nanos = 0;
            waitNanos = 0;
            moveNanos = 0;
            dataNanos = 0;
            loss = 0;
        }
    }

    /// @param out the launcher's end of standard output
    /// @param isFirst whether this is rank 0, which reports progress
    ReportingListener(PrintWriter out, boolean isFirst) {
        this.out = out;
        this.isFirst = isFirst;
    }

    /// @return whether the job got as far as its first step
    boolean hasStarted() {
        return started;
    }

    @Override
    public void started(JobStart start) {
        started = true;
        Ready.Builder ready = Ready.newBuilder()
                .setEngine(start.engine())
                .setPlan(start.plan())
                .setFirstStep(start.firstStep())
                .setSteps(start.steps());
        if (start.resumedFrom() != null) {
            ready.setResumedFrom(start.resumedFrom().toString());
        }
        send(WorkerReport.newBuilder().setReady(ready));
    }

    @Override
    public void stepped(StepProgress progress) {
        if (!isFirst) {
            return;
        }
        since.add(progress);
        if (since.nanos < PROGRESS_NANOS && progress.step() < progress.steps()) {
            return;
        }
        double nanos = Math.max(1, since.nanos);
        send(WorkerReport.newBuilder()
                .setProgress(Progress.newBuilder()
                        .setStep(progress.step())
                        .setSteps(progress.steps())
                        .setLoss(since.loss / since.steps)
                        .setSamplesPerSecond(since.samples * 1e9 / nanos)
                        .setWaitShare(since.waitNanos / nanos)
                        .setMoveShare(since.moveNanos / nanos)
                        .setDataShare(since.dataNanos / nanos)
                        .setSecondsLeft(nanos / 1e9 / since.steps * (progress.steps() - progress.step()))));
        since.clear();
    }

    @Override
    public void evaluated(long step, BinaryMetrics quality) {
        send(WorkerReport.newBuilder()
                .setEvaluated(Evaluated.newBuilder().setStep(step).setQuality(quality(quality))));
    }

    @Override
    public void saved(SavedCheckpoint checkpoint) {
        send(WorkerReport.newBuilder()
                .setSaved(Saved.newBuilder()
                        .setStep(checkpoint.step())
                        .setPath(checkpoint.path().toString())
                        .setCost(checkpoint.cost())));
    }

    @Override
    public void warned(String message) {
        out.println(message);
    }

    @Override
    public void finished(TrainReport report) {
        Finished.Builder finished = Finished.newBuilder()
                .setSteps(report.steps())
                .setStopped(report.stopped())
                .setSamples(report.samplesHere())
                .setTrainSeconds(report.trainSeconds())
                .setLastLoss(report.lastLoss());
        if (report.quality() != null) {
            finished.setQuality(quality(report.quality()));
        }
        if (report.checkpoint() != null) {
            finished.setCheckpoint(report.checkpoint().toString());
        }
        if (report.profile() != null) {
            finished.setProfile(report.profile().print());
        }
        finished(finished);
    }

    void finished(Finished.Builder finished) {
        send(WorkerReport.newBuilder().setFinished(finished));
    }

    /// @param lostRank the rank that was lost, or -1
    void failed(Failed.Kind kind, String message, int lostRank) {
        Failed.Builder failed = Failed.newBuilder().setKind(kind).setMessage(message);
        if (lostRank >= 0) {
            failed.setLostRank(lostRank);
        }
        send(WorkerReport.newBuilder().setFailed(failed));
    }

    static Quality quality(BinaryMetrics quality) {
        return Quality.newBuilder()
                .setSamples(quality.samples())
                .setAuc(quality.auc())
                .setLogLoss(quality.logLoss())
                .setNormalizedEntropy(quality.normalizedEntropy())
                .setAccuracy(quality.accuracy())
                .setCalibration(quality.calibration())
                .build();
    }

    private void send(WorkerReport.Builder report) {
        out.println(ReportLine.write(report.build()));
    }
}
