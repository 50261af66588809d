package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.cuda.api.Matrix;
import java.lang.foreign.MemorySegment;

/// The way of host memory that is not page-locked: through one buffer that is, piece by piece, each awaited.
/// For weights and checkpoints; what travels in a step has page-locked memory of its own.
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
        write(device, Matrix.Type.FLOAT, devicePitch, host, at, hostPitch, width, rows);
    }

    /// Rows that are floats here and of type `type` there, rounded to the nearest.
    void write(
            long device,
            Matrix.Type type,
            int devicePitch,
            Floats host,
            long at,
            long hostPitch,
            int width,
            long rows) {
        long rowBytes = (long) devicePitch * type.bytes();
        long most = Math.max(1, BYTES / rowBytes);
        for (long row = 0; row < rows; row += most) {
            long count = Math.min(most, rows - row);
            long bytes = count * rowBytes;
            if (devicePitch > width) {
                buffer.asSlice(0, bytes).fill((byte) 0);
            }
            long first = at + row * hostPitch;
            if (type == Matrix.Type.FLOAT) {
                move(host.segment(), first, hostPitch, buffer, 0, devicePitch, width, count);
            } else {
                round(host, first, hostPitch, devicePitch, width, count);
            }
            card.driver().toDevice(device + row * rowBytes, buffer, bytes, card.main().stream());
            card.finish("a copy to the card");
        }
    }

    /// The way back of [#write].
    void read(long device, int devicePitch, Floats host, long at, long hostPitch, int width, long rows) {
        read(device, Matrix.Type.FLOAT, devicePitch, host, at, hostPitch, width, rows);
    }

    /// Rows that are floats here and of type `type` there.
    void read(
            long device,
            Matrix.Type type,
            int devicePitch,
            Floats host,
            long at,
            long hostPitch,
            int width,
            long rows) {
        long rowBytes = (long) devicePitch * type.bytes();
        long most = Math.max(1, BYTES / rowBytes);
        for (long row = 0; row < rows; row += most) {
            long count = Math.min(most, rows - row);
            card.driver().toHost(buffer, device + row * rowBytes, count * rowBytes, card.main().stream());
            card.finish("a copy from the card");
            long first = at + row * hostPitch;
            if (type == Matrix.Type.FLOAT) {
                move(buffer, 0, devicePitch, host.segment(), first, hostPitch, width, count);
            } else {
                widen(devicePitch, host, first, hostPitch, width, count);
            }
        }
    }

    /// Rows of floats from host memory to host memory; places and pitches in floats.
    static void move(
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

    private void round(Floats from, long at, long fromPitch, int pitch, int width, long rows) {
        for (long row = 0; row < rows; row++) {
            for (int i = 0; i < width; i++) {
                float value = from.segment().getAtIndex(JAVA_FLOAT, at + row * fromPitch + i);
                buffer.setAtIndex(JAVA_SHORT, row * pitch + i, bfloat16(value));
            }
        }
    }

    private void widen(int pitch, Floats to, long at, long toPitch, int width, long rows) {
        for (long row = 0; row < rows; row++) {
            for (int i = 0; i < width; i++) {
                int bits = buffer.getAtIndex(JAVA_SHORT, row * pitch + i) << Short.SIZE;
                to.segment().setAtIndex(JAVA_FLOAT, at + row * toPitch + i, Float.intBitsToFloat(bits));
            }
        }
    }

    /// @return the bits of the bfloat16 nearest to a float, the even one of two
    static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> Short.SIZE) | 0x40); // stays not a number without its lower half
        }
        return (short) ((bits + 0x7fff + ((bits >>> Short.SIZE) & 1)) >>> Short.SIZE);
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
