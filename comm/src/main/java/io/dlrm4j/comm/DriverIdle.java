package io.dlrm4j.comm;

import java.util.function.BooleanSupplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/// How the media driver's thread waits: as briefly as Aeron's default while bytes go to or come from other hosts, and
/// five times longer while all of them stay in shared memory.
///
/// There the driver only moves the windows of senders, which hold thousands of the frames that name a place in shared
/// memory; floats that travel in frames themselves fill a window sooner, and wait for it at most that long. Each time
/// the driver wakes beside ranks that use all cores, one of them stands still for some 50 us and the others wait for
/// it: a thousand times a second that was 4 % of a step of two ranks on two cores.
final class DriverIdle implements IdleStrategy {
    private static final long LONGEST_NANOS = 1_000_000;

    private final BooleanSupplier usesNetwork;
    private final IdleStrategy network = new BackoffIdleStrategy(10, 20, 1_000, LONGEST_NANOS);
    private final IdleStrategy memory = new BackoffIdleStrategy(1, 1, LONGEST_NANOS / 10, 5 * LONGEST_NANOS);

    /// @param usesNetwork whether the driver has sent anything by UDP
    DriverIdle(BooleanSupplier usesNetwork) {
        this.usesNetwork = usesNetwork;
    }

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        (usesNetwork.getAsBoolean() ? network : memory).idle();
    }

    @Override
    public void reset() {
        network.reset();
        memory.reset();
    }
}
