package io.dlrm4j.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Host memory of others that one part has page-locked, so that copies of it run beside kernels and beside the
/// host. Where the driver refuses, copies are right all the same, and slower. Closed before the memory ends.
final class PageLocks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PageLocks.class);

    private final Card card;
    private final Set<Long> seen = new HashSet<>();
    private final List<MemorySegment> locked = new ArrayList<>();

    PageLocks(Card card) {
        this.card = card;
    }

    /// Locks a buffer when it is seen for the first time.
    void lock(MemorySegment memory) {
        if (memory.byteSize() == 0 || seen.contains(memory.address())) {
            return;
        }
        seen.add(memory.address());
        if (card.driver().lock(memory)) {
            locked.add(memory);
        } else {
            LOG.debug("{} KiB of host memory are not page-locked: copies of them are slower", memory.byteSize() >> 10);
        }
    }

    @Override
    public void close() {
        locked.forEach(card.driver()::unlock);
        locked.clear();
    }
}
