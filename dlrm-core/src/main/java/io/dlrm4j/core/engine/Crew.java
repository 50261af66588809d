package io.dlrm4j.core.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The compute threads of one process: the caller, which is worker 0, and helpers that wait for it.
///
/// [#run] hands every worker the same work and returns when all are done, so a step is a row of such meetings and needs
/// no other synchronisation. A helper spins for some microseconds before it parks: the next meeting of a step is
/// usually
/// closer than a wake-up is long. A meeting allocates nothing.
public final class Crew implements AutoCloseable {
    private static final int SPINS = 2_000;

    private final Helper[] helpers;
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicInteger nextTask = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Work claims = this::claimTasks;
    private Work work = worker -> {};
    private Task task = (number, worker) -> {};
    private int tasks;
    /// Number of the present meeting; writing it publishes everything above.
    private final AtomicInteger meeting = new AtomicInteger();

    private volatile boolean closed;

    /// What every worker does in one meeting.
    @FunctionalInterface
    public interface Work {
        /// @param worker 0 to `size() - 1`; 0 on the calling thread
        void run(int worker);
    }

    /// One of several independent tasks.
    @FunctionalInterface
    public interface Task {
        /// @param number of the task
        /// @param worker 0 to `size() - 1`; 0 on the calling thread
        void run(int number, int worker);
    }

    /// @param size workers, the caller included: 1 or more
    public Crew(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("crew of %d threads, want 1 or more".formatted(size));
        }
        this.helpers = new Helper[size - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(i + 1);
            helpers[i].start();
        }
    }

    /// @return workers, the caller included
    public int size() {
        return helpers.length + 1;
    }

    /// Has every worker do `work` and waits until all have. One caller at a time.
    ///
    /// @throws RuntimeException as thrown by a worker; all of them have ended then
    public void run(Work work) {
        if (helpers.length == 0) {
            work.run(0);
            return;
        }
        this.work = work;
        unfinished.set(helpers.length);
        meeting.incrementAndGet(); // who reads the new number sees everything above
        for (Helper helper : helpers) {
            if (helper.parked) {
                LockSupport.unpark(helper);
            }
        }
        try {
            work.run(0);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
        awaitHelpers();
        rethrow();
    }

    @SuppressWarnings("ThreadPriorityCheck") // a helper may need the very core this thread is on
    private void awaitHelpers() {
        for (int spins = 0; unfinished.get() > 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /// Has the workers do tasks 0 to `count - 1`, each once, whoever is free taking the next, and waits until all are
    /// done.
    ///
    /// @throws RuntimeException as thrown by a task
    public void forEach(int count, Task task) {
        this.task = task;
        this.tasks = count;
        nextTask.set(0);
        run(claims);
    }

    private void claimTasks(int worker) {
        for (int next = nextTask.getAndIncrement(); next < tasks; next = nextTask.getAndIncrement()) {
            task.run(next, worker);
        }
    }

    private void rethrow() {
        if (failure.get() == null) {
            return;
        }
        switch (failure.getAndSet(null)) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException("a worker failed and left no reason");
        }
    }

    /// Ends the helpers.
    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper);
        }
    }

    private final class Helper extends Thread {
        private final int worker;
        private volatile boolean parked;

        Helper(int worker) {
            super("dlrm-compute-" + worker);
            this.worker = worker;
            setDaemon(true);
        }

        @Override
        public void run() {
            for (int seen = 0; awaitMeetingAfter(seen); ) {
                seen = meeting.get(); // the next one cannot begin before this helper has finished
                try {
                    work.run(worker);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    unfinished.decrementAndGet();
                }
            }
        }

        /// @return false when the crew is closed
        private boolean awaitMeetingAfter(int seen) {
            for (int spins = 0; meeting.get() == seen; spins++) {
                if (closed) {
                    return false;
                }
                if (spins < SPINS) {
                    Thread.onSpinWait();
                    continue;
                }
                parked = true;
                if (meeting.get() == seen && !closed) {
                    LockSupport.park(Crew.this);
                }
                parked = false;
            }
            return true;
        }
    }
}
