package io.dlrm4j.launch.process;

import io.dlrm4j.launch.report.Failed;
import io.dlrm4j.launch.report.WorkerReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// The worker processes of one job on this host; they end together.
///
/// After the first failure the others have 2 s to say what they saw and go, then they are killed (SIGKILL: a stopped
/// process hears nothing else, and there is nothing to clean up that a lost one would not leave as well); the rank that
/// is said to be lost has 1 s to say otherwise. One thread calls [#run]; [#stop] may come from another.
public final class WorkerGroup implements AutoCloseable {
    private static final Grace GRACE = new Grace(1_000, 2_000);
    private static final long POLL_MILLIS = 100;
    private static final long REAP_MILLIS = 3_000;
    private static final int QUEUED_EVENTS = 10_000;

    private final Grace grace;
    private final long stopMillis;
    private final BlockingQueue<WorkerProcess.Event> events = new ArrayBlockingQueue<>(QUEUED_EVENTS);
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final Verdict verdict = new Verdict();
    private volatile boolean stopped;
    private long failureNanos;

    /// One worker to start.
    ///
    /// @param rank its rank
    /// @param command the command line
    /// @param environment added to this process's own
    public record Start(int rank, List<String> command, Map<String, String> environment) {}

    /// How long workers have after the first failure.
    ///
    /// @param lostMillis the rank that another says is lost
    /// @param othersMillis everybody else
    record Grace(long lostMillis, long othersMillis) {}

    private WorkerGroup(Grace grace, long stopMillis) {
        this.grace = grace;
        this.stopMillis = stopMillis;
    }

    /// Starts all workers; if one cannot be started, those before it are killed.
    ///
    /// @param stopMillis what workers have between [#stop] and their death
    public static WorkerGroup start(List<Start> starts, long stopMillis) throws IOException {
        return start(starts, GRACE, stopMillis);
    }

    static WorkerGroup start(List<Start> starts, Grace grace, long stopMillis) throws IOException {
        WorkerGroup group = new WorkerGroup(grace, stopMillis);
        try {
            for (Start start : starts) {
                group.workers.add(
                        WorkerProcess.start(start.rank(), start.command(), start.environment(), group.events));
            }
        } catch (IOException e) {
            group.close();
            throw e;
        }
        return group;
    }

    /// @return the process ids, in the order of the starts
    public List<Long> pids() {
        return workers.stream().map(WorkerProcess::pid).toList();
    }

    /// Hears the workers until the last one has ended.
    public Outcome run(WorkerListener listener) throws InterruptedException {
        int running = workers.size();
        Ending ending = new Ending();
        Stopping stopping = new Stopping();
        while (running > 0) {
            WorkerProcess.Event event = events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            switch (event) {
                case null -> {}
                case WorkerProcess.Logged(int rank, String line) -> listener.logged(rank, line);
                case WorkerProcess.Reported(int rank, var report) -> {
                    if (!explained(report)) {
                        verdict.reported(rank, report);
                    }
                    listener.reported(rank, report);
                }
                case WorkerProcess.Ended(int rank, int exitCode) -> {
                    running--;
                    verdict.ended(rank, pid(rank), exitCode, ending.killed(rank) || stopped);
                }
            }
            if (verdict.isFailure()) {
                ending.goOn();
            } else if (stopped) {
                stopping.goOn();
            }
        }
        return verdict.outcome();
    }

    private long pid(int rank) {
        return workers.stream()
                .filter(worker -> worker.rank() == rank)
                .findFirst()
                .map(WorkerProcess::pid)
                .orElse(-1L);
    }

    /// @return whether a rank reports lost what this side has ended
    private boolean explained(WorkerReport report) {
        return stopped && report.hasFailed() && report.getFailed().getKind() == Failed.Kind.LOST;
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    /// The way from the first failure to the last process: patience, then SIGKILL.
    private final class Ending {
        private final Set<Integer> killed = new HashSet<>();
        private boolean begun;

        /// @return whether this side has ended the worker, so that its end tells nothing
        boolean killed(int rank) {
            return killed.contains(rank);
        }

        void goOn() {
            if (!begun) {
                begun = true;
                failureNanos = System.nanoTime();
            }
            long millis = millisSince(failureNanos);
            for (WorkerProcess worker : workers) {
                boolean isLost = worker.rank() == verdict.outcome().lostRank();
                long patience = isLost ? grace.lostMillis() : grace.othersMillis();
                if (millis >= patience && worker.isAlive() && killed.add(worker.rank())) {
                    worker.kill();
                }
            }
        }
    }

    /// The way from [#stop] to the last process: a request, patience, SIGKILL.
    private final class Stopping {
        private boolean asked;
        private boolean killed;
        private long since;

        void goOn() {
            if (!asked) {
                asked = true;
                since = System.nanoTime();
                workers.forEach(WorkerProcess::askToStop);
            } else if (!killed && millisSince(since) >= stopMillis) {
                killed = true;
                workers.forEach(WorkerProcess::kill);
            }
        }
    }

    /// Asks all workers to end early; [#run] returns once they are gone.
    public void stop() {
        stopped = true;
    }

    /// @return when [#run] heard of the first failure, by [System#nanoTime]
    public long failureNanos() {
        return failureNanos;
    }

    /// @return the processes that are still there, which nothing but a broken machine explains after [#close]
    public List<Long> survivors() {
        return workers.stream()
                .filter(WorkerProcess::isAlive)
                .map(WorkerProcess::pid)
                .toList();
    }

    /// Kills what still runs and waits until it is gone.
    @Override
    public void close() {
        boolean interrupted = false;
        for (WorkerProcess worker : workers) {
            worker.kill();
        }
        for (WorkerProcess worker : workers) {
            try {
                worker.awaitEnd(REAP_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
