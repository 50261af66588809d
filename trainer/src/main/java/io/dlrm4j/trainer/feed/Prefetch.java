package io.dlrm4j.trainer.feed;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.DataException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Reads the next batch on a thread of its own while this one is computed on.
///
/// ```
/// reader   fill A | fill B |        fill A |        fill B |
/// trainer         | step on A | step on B | step on A | ...
/// ```
///
/// Two batches go back and forth; handing over is one volatile counter each way and allocates nothing. [#next] ends
/// the use of the batch it gave before. What the source throws comes out of [#next] with the same message.
public final class Prefetch implements AutoCloseable {
    private static final int BATCHES = 2;
    private static final long POLL_NANOS = 500_000;

    private final BatchSource source;
    private final Schedule schedule;
    private final Batch[] batches;
    private final Runnable whileWaiting;
    private final ReadListener listener;
    private final long timeoutNanos;
    private final long firstStep;
    private final Thread reader;
    private volatile long filled;
    private volatile long freed;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    private @Nullable Thread trainer;
    private long taken;

    /// @param source read by the new thread alone from now on
    /// @param schedule what each step reads
    /// @param firstStep the first step to read
    /// @param batches two batches as large as the largest step
    /// @param whileWaiting called now and then while [#next] waits; lets bytes of other ranks in
    /// @param listener told of every batch that was read
    /// @param timeoutSeconds after which a read that does not end is an error
    public Prefetch(
            BatchSource source,
            Schedule schedule,
            long firstStep,
            Batch[] batches,
            Runnable whileWaiting,
            ReadListener listener,
            int timeoutSeconds) {
        if (batches.length != BATCHES) {
            throw new IllegalArgumentException("prefetch: batches=%d, want %d".formatted(batches.length, BATCHES));
        }
        this.source = source;
        this.schedule = schedule;
        this.firstStep = firstStep;
        this.batches = batches.clone();
        this.whileWaiting = whileWaiting;
        this.listener = listener;
        this.timeoutNanos = TimeUnit.SECONDS.toNanos(timeoutSeconds);
        this.reader = Thread.ofPlatform().name("dlrm-reader").daemon().unstarted(this::read);
    }

    /// Starts reading.
    public void start() {
        trainer = Thread.currentThread();
        reader.start();
    }

    /// Gives the batch of the next step; the one given before may be overwritten from now on. Waits for the reader.
    ///
    /// @throws DataException when the source cannot read it, or not in time
    public Batch next() {
        freed = taken;
        LockSupport.unpark(reader);
        long deadline = System.nanoTime() + timeoutNanos;
        while (filled == taken) {
            Throwable thrown = failure;
            if (thrown != null) {
                throw new DataException(String.valueOf(thrown.getMessage()), thrown);
            }
            if (System.nanoTime() - deadline > 0) {
                long step = firstStep + taken;
                throw new DataException("step %d: samples %d to %d were not read within %d s; check the disk"
                        .formatted(
                                step,
                                schedule.first(step),
                                schedule.first(step) + schedule.count(step),
                                TimeUnit.NANOSECONDS.toSeconds(timeoutNanos)));
            }
            LockSupport.parkNanos(this, POLL_NANOS);
            whileWaiting.run();
        }
        return batches[(int) (taken++ % BATCHES)];
    }

    private void read() {
        try {
            for (long step = firstStep; step < schedule.steps(); step++) {
                long index = step - firstStep;
                while (index - freed >= BATCHES && !closed) {
                    LockSupport.park(this);
                }
                if (closed) {
                    return;
                }
                long start = System.nanoTime();
                source.read(schedule.first(step), schedule.count(step), batches[(int) (index % BATCHES)]);
                listener.read(step, start, System.nanoTime());
                filled = index + 1;
                LockSupport.unpark(trainer);
            }
        } catch (RuntimeException | Error e) { // also a fault of mapped memory: nothing may be lost on this thread
            failure = e;
            LockSupport.unpark(trainer);
        }
    }

    /// Ends the reader; afterwards nobody writes to the batches.
    ///
    /// @throws DataException when a read does not end in time
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(reader);
        try {
            if (reader.isAlive() && !reader.join(Duration.ofNanos(timeoutNanos))) {
                throw new DataException("the reader did not stop within %d s; check the disk"
                        .formatted(TimeUnit.NANOSECONDS.toSeconds(timeoutNanos)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
