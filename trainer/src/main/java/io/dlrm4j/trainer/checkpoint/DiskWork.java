package io.dlrm4j.trainer.checkpoint;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writing that goes on beside a rank's own thread, so that the rank can train, or at least keep in touch with the
/// others, until the disk is done.
final class DiskWork {
    private static final Duration END = Duration.ofSeconds(10);

    private final Thread thread;
    private final Duration deadline;
    private final long start = System.nanoTime();
    private volatile byte @Nullable [] answer;
    private volatile @Nullable Throwable thrown;

    private DiskWork(String name, Duration deadline, Supplier<byte[]> body) {
        this.deadline = deadline;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> run(body));
    }

    /// @param name of its thread
    /// @param deadline time in which it must be done
    static DiskWork start(String name, Duration deadline, Supplier<byte[]> body) {
        DiskWork work = new DiskWork(name, deadline, body);
        work.thread.start();
        return work;
    }

    /// @return work that needs nothing done
    static DiskWork done(byte[] answer) {
        DiskWork work = new DiskWork("checkpoint-writer", Duration.ZERO, () -> answer);
        work.answer = answer;
        return work;
    }

    private void run(Supplier<byte[]> body) {
        try {
            answer = body.get();
        } catch (RuntimeException | Error e) {
            thrown = e;
        }
    }

    /// @return whether [#answer] has something to say
    boolean isDone() {
        return answer != null || thrown != null || isLate();
    }

    private boolean isLate() {
        return answer == null && thrown == null && System.nanoTime() - start > deadline.toNanos();
    }

    /// Waits a little, or until it is done.
    void await(Duration little) {
        if (isDone()) {
            return;
        }
        try {
            boolean _ = thread.join(little);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException(thread.getName() + ": interrupted", e);
        }
    }

    /// @return the answer of the body, once [#isDone]; what it threw is thrown here
    /// @throws CheckpointException when the deadline has passed
    byte[] answer() {
        if (isLate()) {
            throw new CheckpointException("%s: not written within %d s; the disk does not answer"
                    .formatted(thread.getName(), deadline.toSeconds()));
        }
        byte[] found = answer;
        return switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> {
                if (found == null) {
                    throw new IllegalStateException(thread.getName() + ": asked before it is done");
                }
                yield found;
            }
        };
    }

    /// Ends it, whether it is done or not: its file is closed under its hands.
    void stop() {
        thread.interrupt();
        try {
            if (!thread.join(END)) {
                throw new IllegalStateException("%s does not end within %d s"
                        .formatted(thread.getName(), TimeUnit.NANOSECONDS.toSeconds(END.toNanos())));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
