package io.dlrm4j.cuda;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import java.lang.foreign.MemorySegment;

/// The way of host memory that is not page-locked: through one buffer that is, piece by piece, each awaited.
/// For weights, checkpoints and the exchange between ranks; batches of the whole step have page-locked memory
/// of their own.
final class Staging implements AutoCloseable {
    private static final long BYTES = 8L << 20;

    private final Card card;
    private final MemorySegment buffer;

    Staging(Card card) {
        this.card = card;
        this.buffer = card.driver().allocateHost(BYTES);
    }

    /// Rows of floats on both sides, `pitch` floats apart; what lies between width and pitch on the card
    /// becomes zero.
    ///
    /// @param device first row on the card
    /// @param devicePitch floats from row to row there, `width` or more
    /// @param host its float `at` is the first of the first row
    /// @param hostPitch floats from row to row there
    /// @param width floats of a row
    /// @param rows how many
    void write(long device, int devicePitch, Floats host, long at, long hostPitch, int width, long rows) {
        long most = Math.max(1, BYTES / ((long) devicePitch * Float.BYTES));
        for (long row = 0; row < rows; row += most) {
            long count = Math.min(most, rows - row);
            long bytes = count * devicePitch * Float.BYTES;
            if (devicePitch > width) {
                buffer.asSlice(0, bytes).fill((byte) 0);
            }
            long first = at + row * hostPitch;
            move(host.segment(), first, hostPitch, buffer, 0, devicePitch, width, count);
            card.driver().toDevice(device + row * devicePitch * Float.BYTES, buffer, bytes, card.main().stream());
            card.finish("a copy to the card");
        }
    }

    /// The way back of [#write].
    void read(long device, int devicePitch, Floats host, long at, long hostPitch, int width, long rows) {
        long most = Math.max(1, BYTES / ((long) devicePitch * Float.BYTES));
        for (long row = 0; row < rows; row += most) {
            long count = Math.min(most, rows - row);
            long bytes = count * devicePitch * Float.BYTES;
            card.driver().toHost(buffer, device + row * devicePitch * Float.BYTES, bytes, card.main().stream());
            card.finish("a copy from the card");
            move(buffer, 0, devicePitch, host.segment(), at + row * hostPitch, hostPitch, width, count);
        }
    }

    private static void move(
            MemorySegment from,
            long fromAt,
            long fromPitch,
            MemorySegment to,
            long toAt,
            long toPitch,
            int width,
            long rows) {
        boolean whole = fromPitch == width && toPitch == width;
        long pieces = whole ? 1 : rows;
        long bytes = (whole ? rows * width : width) * Float.BYTES;
        for (long row = 0; row < pieces; row++) {
            MemorySegment.copy(
                    from, (fromAt + row * fromPitch) * Float.BYTES, to, (toAt + row * toPitch) * Float.BYTES, bytes);
        }
    }

    /// Copies the first `count` floats.
    void write(long device, Floats host, long count) {
        write(device, 1, host, 0, 1, 1, count);
    }

    /// Copies the first `count` integers.
    void write(long device, Ints host, long count) {
        write(device, new Floats(host.segment()), count); // 32 bits are 32 bits
    }

    /// Copies into the first `count` floats.
    void read(long device, Floats host, long count) {
        read(device, 1, host, 0, 1, 1, count);
    }

    @Override
    public void close() {
        card.driver().freeHost(buffer);
    }
}
