package io.dlrm4j.comm;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.collective.Collectives;
import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.transport.Link;
import io.dlrm4j.comm.transport.LocalAreas;
import io.dlrm4j.comm.transport.LocalLink;
import io.dlrm4j.comm.transport.SharedMemory;
import io.dlrm4j.core.memory.OffHeap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A world whose ranks are threads of this JVM, for tests and tools.
public final class LocalWorld {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private LocalWorld() {}

    /// Runs `body` once on each of `ranks` threads and waits for all, two minutes at most, with the plain sum.
    ///
    /// @throws CommException when the ranks cannot go on together or one of them is not done in time
    public static void run(int ranks, RankBody body) {
        run(ranks, FloatSum.PLAIN, DEADLINE, body);
    }

    /// Runs `body` once on each of `ranks` threads named `rank-i` and waits for all. When one of them throws, the
    /// others are stopped at their next operation, and what it threw is thrown here, a checked exception wrapped.
    ///
    /// @param deadline the time in which all must be done
    /// @throws CommException when the ranks cannot go on together or one of them is not done in time
    public static void run(int ranks, FloatSum sum, Duration deadline, RankBody body) {
        if (ranks < 1) {
            throw new IllegalArgumentException("ranks=%d, want 1 or more".formatted(ranks));
        }
        FirstFailure failure = new FirstFailure();
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        OffHeap memory = OffHeap.unlimited("local world");
        @Nullable Link[][][] links = LocalLink.world(memory, ranks, Lane.values().length);
        SharedMemory.Areas areas = new LocalAreas(memory);
        BitSet all = new BitSet();
        all.set(0, ranks);
        List<Thread> threads = new ArrayList<>();
        for (int r = 0; r < ranks; r++) {
            int rank = r;
            Runnable run = () -> {
                try (Communicator communicator = ranks == 1
                        ? new SingleRank()
                        : new Collectives(
                                rank,
                                links[rank],
                                new SharedMemory(rank, ranks, all, areas),
                                sum,
                                failure,
                                deadline,
                                new SharedFailure(failure))) {
                    runRank(rank, communicator, body, failure, thrown);
                }
            };
            threads.add(Thread.ofPlatform().name("rank-" + rank).daemon().start(run));
        }
        boolean allDone = joinAll(threads, deadline, failure, thrown);
        if (allDone) {
            memory.close(); // else a thread may still use it; the process is about to fail anyway
        }
        rethrow(thrown.get());
    }

    private static void runRank(
            int rank,
            Communicator communicator,
            RankBody body,
            FirstFailure failure,
            AtomicReference<@Nullable Throwable> thrown) {
        try {
            body.run(communicator);
        } catch (Throwable t) { // also an AssertionError must stop the other ranks and reach the caller
            thrown.compareAndSet(null, t);
            failure.declare("rank %d failed: %s".formatted(rank, t), rank);
        }
    }

    private static boolean joinAll(
            List<Thread> threads,
            Duration deadline,
            FirstFailure failure,
            AtomicReference<@Nullable Throwable> thrown) {
        long start = System.nanoTime();
        try {
            for (Thread thread : threads) {
                long left = deadline.toNanos() - (System.nanoTime() - start);
                if (!thread.join(Duration.ofNanos(Math.max(left, 1)))) {
                    CommException late = new CommException(
                            "%s not done within %d s".formatted(thread.getName(), deadline.toSeconds()), -1);
                    late.setStackTrace(thread.getStackTrace());
                    thrown.compareAndSet(null, late);
                    failure.declare(String.valueOf(late.getMessage()), -1);
                }
            }
            // those who saw the failure need a moment to end
            for (Thread thread : threads) {
                if (!thread.join(Duration.ofSeconds(2))) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            thrown.compareAndSet(null, new CommException("interrupted while the ranks ran", -1));
            failure.declare("interrupted while the ranks ran", -1);
            return false;
        }
    }

    private static void rethrow(@Nullable Throwable thrown) {
        switch (thrown) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown.getMessage(), thrown);
        }
    }

    /// All ranks share one [FirstFailure], so nobody needs to be told; the memory is the world's.
    private record SharedFailure(FirstFailure failure) implements Collectives.Job {
        @Override
        public void declare(String sentence, int lostRank) {
            failure.declare(sentence, lostRank);
        }

        @Override
        public void close() {}
    }
}
