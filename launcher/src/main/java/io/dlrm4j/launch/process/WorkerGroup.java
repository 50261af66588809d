package io.dlrm4j.launch.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// The worker processes of one job on this host; they end together.
///
/// After the first failure the others have 4 s to say what they saw and go, then they are told to (SIGTERM), and
/// 4 s later killed. One thread calls [#run]; [#stop] may come from another.
public final class WorkerGroup implements AutoCloseable {
    private static final long GRACE_MILLIS = 4_000;
    private static final long POLL_MILLIS = 100;
    private static final long REAP_MILLIS = 3_000;
    private static final int QUEUED_EVENTS = 10_000;

    private final long graceMillis;
    private final BlockingQueue<WorkerProcess.Event> events = new ArrayBlockingQueue<>(QUEUED_EVENTS);
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final Verdict verdict = new Verdict();
    private volatile boolean stopped;

    /// One worker to start.
    ///
    /// @param rank its rank
    /// @param command the command line
    /// @param environment added to this process's own
    public record Start(int rank, List<String> command, Map<String, String> environment) {}

    private WorkerGroup(long graceMillis) {
        this.graceMillis = graceMillis;
    }

    /// Starts all workers; if one cannot be started, those before it are killed.
    public static WorkerGroup start(List<Start> starts) throws IOException {
        return start(starts, GRACE_MILLIS);
    }

    static WorkerGroup start(List<Start> starts, long graceMillis) throws IOException {
        WorkerGroup group = new WorkerGroup(graceMillis);
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
        while (running > 0) {
            WorkerProcess.Event event = events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            switch (event) {
                case null -> {}
                case WorkerProcess.Logged(int rank, String line) -> listener.logged(rank, line);
                case WorkerProcess.Reported(int rank, var report) -> {
                    verdict.reported(rank, report);
                    listener.reported(rank, report);
                }
                case WorkerProcess.Ended(int rank, int exitCode) -> {
                    running--;
                    verdict.ended(rank, pid(rank), exitCode, ending.begun());
                }
            }
            if (verdict.isFailure() || stopped) {
                ending.goOn();
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

    /// The way from the first failure to the last process: patience, SIGTERM, SIGKILL.
    private final class Ending {
        private long since;
        private boolean begun;
        private boolean terminated;

        /// @return whether this side has begun to end workers, so that their ends tell nothing
        boolean begun() {
            return terminated;
        }

        void goOn() {
            long now = System.nanoTime();
            if (!begun) {
                begun = true;
                since = now;
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(now - since);
            if (!terminated && (stopped || millis >= graceMillis)) {
                terminated = true;
                since = now;
                workers.forEach(WorkerProcess::terminate);
            } else if (terminated && millis >= graceMillis) {
                workers.forEach(WorkerProcess::kill);
            }
        }
    }

    /// Ends all workers now; [#run] returns once they are gone.
    public void stop() {
        stopped = true;
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
