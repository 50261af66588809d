package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class DriverIdleTest {
    private static final long MILLI = 1_000_000;

    @Test
    void sleepsLongInsideAHostAndBrieflyOnceTheNetworkIsUsed() {
        AtomicBoolean network = new AtomicBoolean();
        DriverIdle idle = new DriverIdle(network::get);
        assertThat(nanosOf(idle, 20)).isGreaterThan(50 * MILLI); // from the seventh wait on five milliseconds each
        network.set(true);
        idle.reset();
        int spinsAndYields = 30;
        long brief = Long.MAX_VALUE;
        for (int tries = 0; tries < 20; tries++) { // the quickest, for the machine may pause
            idle.idle(1);
            brief = Math.min(brief, nanosOf(idle, spinsAndYields));
        }
        assertThat(brief).isLessThan(5 * MILLI);
    }

    private static long nanosOf(DriverIdle idle, int waits) {
        long start = System.nanoTime();
        for (int wait = 0; wait < waits; wait++) {
            idle.idle(0);
        }
        return System.nanoTime() - start;
    }
}
