package io.dlrm4j.cuda;

import io.dlrm4j.core.memory.MemoryLimitException;
import io.dlrm4j.cuda.api.CudaException;
import java.util.ArrayList;
import java.util.List;

/// The owner of pieces of a card's memory, which end with it. Allocation is for the start of a job, never for
/// a step.
final class DeviceMemory implements AutoCloseable {
    private final Card card;
    private final String owner;
    private final List<Long> pieces = new ArrayList<>();

    /// @param owner as printed: `table 13`
    DeviceMemory(Card card, String owner) {
        this.card = card;
        this.owner = owner;
    }

    /// @return memory of any content, aligned to 256 bytes
    /// @throws MemoryLimitException when the card has no more
    long bytes(String what, long bytes) {
        long room = Math.max(bytes, 1);
        long free = card.driver().memory()[0];
        if (room > free) {
            throw tooMuch(what, room, free);
        }
        try {
            long address = card.driver().allocate(room);
            pieces.add(address);
            return address;
        } catch (CudaException refused) {
            MemoryLimitException e = tooMuch(what, room, free);
            e.addSuppressed(refused);
            throw e;
        }
    }

    private MemoryLimitException tooMuch(String what, long bytes, long free) {
        return new MemoryLimitException(
                "%s: %s needs %d MiB of the card's memory, %d MiB are free; use more cards, a smaller batch or smaller tables"
                        .formatted(owner, what, Math.ceilDiv(bytes, 1L << 20), free >> 20));
    }

    /// @return as many 32-bit words, of any content
    long words(String what, long count) {
        return bytes(what, Math.multiplyExact(count, (long) Float.BYTES));
    }

    /// @return as many 32-bit words, each with the same content
    long filled(String what, long count, int word) {
        long address = words(what, count);
        if (count > 0) {
            card.driver().fill(address, word, count, card.main().stream());
        }
        return address;
    }

    @Override
    public void close() {
        pieces.forEach(card.driver()::free);
        pieces.clear();
    }
}
