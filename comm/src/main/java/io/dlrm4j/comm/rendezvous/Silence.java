package io.dlrm4j.comm.rendezvous;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts for how many ticks nothing was heard of one rank, and warns once half of those that it may take are over.
final class Silence {
    private static final Logger LOG = LoggerFactory.getLogger(Lifeline.class);

    private final Rank peer;
    private final int most;
    private final AtomicInteger ticks = new AtomicInteger();

    /// @param most ticks of a second each; one more is too long
    Silence(Rank peer, int most) {
        this.peer = peer;
        this.most = most;
    }

    /// Something was heard.
    void heard() {
        ticks.set(0);
    }

    /// A second has passed.
    ///
    /// @return whether the rank is lost
    boolean isTooLong() {
        int now = ticks.incrementAndGet();
        if (now == Math.ceilDiv(most, 2) + 1) {
            LOG.warn("{} gives no sign of life for {} s; it is given up after {} s", peer, now - 1, most);
        }
        return now > most;
    }

    @Override
    public String toString() {
        return "no heartbeat for %d s".formatted(most);
    }
}
