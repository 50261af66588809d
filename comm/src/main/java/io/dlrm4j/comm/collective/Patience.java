package io.dlrm4j.comm.collective;

import java.util.concurrent.locks.LockSupport;

/// Waits a little at a time: spins, then yields, then parks, and counts how long nothing has moved.
///
/// Spinning longer is ruinous where ranks outnumber cores: the rank waited for needs this core.
final class Patience {
    private static final int SPINS = 20;
    /// About half a millisecond, longer than an exchange takes: the system wakes nobody from a park in less than 50 us.
    private static final int YIELDS = 1_000;
    private static final long PARK_NANOS = 1_000;
    /// The most one wait may count for, so that a pause of this process is not mistaken for silence of the others.
    private static final long LONGEST_COUNTED_NANOS = 100_000_000;

    private final long timeoutNanos;
    private int rounds;
    private long last;
    private long waited;

    Patience(long timeoutNanos) {
        this.timeoutNanos = timeoutNanos;
    }

    void reset() {
        rounds = 0;
    }

    /// Waits a little.
    ///
    /// @return whether the timeout has passed since the last [#reset]
    @SuppressWarnings("ThreadPriorityCheck") // yielding is the point: the rank waited for may need this core
    boolean exhausted() {
        if (rounds < SPINS) {
            rounds++;
            Thread.onSpinWait();
            return false;
        }
        long now = System.nanoTime();
        if (rounds == SPINS) {
            waited = 0;
        } else {
            waited += Math.min(now - last, LONGEST_COUNTED_NANOS);
        }
        last = now;
        if (rounds < SPINS + YIELDS) {
            rounds++;
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NANOS);
        }
        return waited > timeoutNanos;
    }
}
