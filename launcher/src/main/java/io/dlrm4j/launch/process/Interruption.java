package io.dlrm4j.launch.process;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What happens on SIGINT and SIGTERM: the job is told to stop, and the process ends, with the signal's exit code, only
/// when all that was opened after this is closed, or after a deadline.
///
/// Opened first and closed last of a job's resources, in the launcher and in each of its workers.
public final class Interruption implements AutoCloseable {
    private final long seconds;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;

    /// @param stop makes the job end soon; called by another thread
    /// @param seconds the deadline
    public Interruption(Runnable stop, long seconds) {
        this.seconds = seconds;
        hook = new Thread(() -> stopAndAwait(stop), "dlrm-interruption");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stopAndAwait(Runnable stop) {
        stop.run();
        try {
            if (!closed.await(seconds, TimeUnit.SECONDS)) {
                System.err.println("dlrm: not everything ended within " + seconds + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException stopping) {
            // The process is ending already; the hook has just been released.
        }
    }
}
