package io.dlrm4j.launch;

import io.dlrm4j.launch.process.WorkerListener;
import io.dlrm4j.launch.report.Evaluated;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.report.Progress;
import io.dlrm4j.launch.report.Ready;
import io.dlrm4j.launch.report.Saved;
import io.dlrm4j.launch.report.WorkerReport;
import io.dlrm4j.launch.screen.Screen;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Shows a running job: what its first rank reports, and what all ranks log with their rank before it.
final class JobView implements WorkerListener {
    private static final String NOISE = "WARNING: Using incubator modules: jdk.incubator.vector";

    private final Screen screen;
    private final String name;
    private final int firstRank;
    private final boolean detailed;
    private final Since since;
    private long firstStep = -1;
    private long lastStep = -1;
    private @Nullable Finished finished;

    /// From when the time to the first step counts.
    ///
    /// @param words before the time: `ready after`
    /// @param nanos by [System#nanoTime]
    record Since(String words, long nanos) {}

    /// @param name of the work, before the progress
    /// @param firstRank the rank of this machine whose reports are shown
    /// @param detailed whether engine and sharding plan are shown
    JobView(Screen screen, String name, int firstRank, boolean detailed, Since since) {
        this.screen = screen;
        this.name = name;
        this.firstRank = firstRank;
        this.detailed = detailed;
        this.since = since;
    }

    @Override
    public void logged(int rank, String line) {
        if (!line.equals(NOISE)) {
            screen.line("[rank " + rank + "] " + line);
        }
    }

    @Override
    public void reported(int rank, WorkerReport report) {
        if (rank != firstRank) {
            return;
        }
        switch (report.getEventCase()) {
            case READY -> ready(report.getReady());
            case PROGRESS -> progress(report.getProgress());
            case EVALUATED -> evaluated(report.getEvaluated());
            case SAVED -> saved(report.getSaved());
            case FINISHED -> {
                finished = report.getFinished();
                screen.endProgress();
            }
            case FAILED, EVENT_NOT_SET -> screen.endProgress();
        }
    }

    /// @return what the first rank reported at its end, or null if it did not come so far
    @Nullable
    Finished finished() {
        return finished;
    }

    /// @return steps known to be done, those before this attempt included; -1 when it was never ready
    long lastStep() {
        return lastStep;
    }

    /// @return whether the attempt trained further than it began
    boolean progressed() {
        return lastStep > firstStep;
    }

    private void ready(Ready ready) {
        firstStep = ready.getFirstStep();
        lastStep = firstStep;
        if (detailed) {
            screen.line("engine: " + ready.getEngine());
            ready.getPlan().lines().forEach(screen::line);
        }
        String from = ready.hasResumedFrom() ? " from " + ready.getResumedFrom() : "";
        screen.line(String.format(
                Locale.ROOT,
                "%s: steps %d to %d%s, %s %.2f s",
                name,
                ready.getFirstStep() + 1,
                ready.getSteps(),
                from,
                since.words(),
                (System.nanoTime() - since.nanos()) / 1e9));
    }

    private void progress(Progress at) {
        lastStep = at.getStep();
        double others = at.getWaitShare() + at.getMoveShare();
        double compute = 1 - others - at.getDataShare();
        String figures = String.format(
                Locale.ROOT,
                "loss %.4f, %.0f samples/s, ETA %s, compute %.0f%% comm %.0f%% data %.0f%%",
                at.getLoss(),
                at.getSamplesPerSecond(),
                duration(at.getSecondsLeft()),
                100 * Math.max(0, compute),
                100 * others,
                100 * at.getDataShare());
        screen.progress(name, at.getStep(), at.getSteps(), figures);
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        long hours = TimeUnit.SECONDS.toHours(whole);
        return String.format(Locale.ROOT, "%d:%02d:%02d", hours, whole / 60 % 60, whole % 60);
    }

    private void evaluated(Evaluated evaluated) {
        screen.line(String.format(
                Locale.ROOT,
                "step %d: AUC %.4f, log loss %.4f on %d samples",
                evaluated.getStep(),
                evaluated.getQuality().getAuc(),
                evaluated.getQuality().getLogLoss(),
                evaluated.getQuality().getSamples()));
    }

    private void saved(Saved saved) {
        lastStep = Math.max(lastStep, saved.getStep());
        screen.line("step " + saved.getStep() + ": checkpoint " + saved.getPath() + ", " + saved.getCost());
    }
}
