package io.dlrm4j.shards;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR_UNALIGNED;

import io.dlrm4j.core.kernel.LargestValues;
import io.dlrm4j.core.kernel.WireCodec;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/// Rows of `width` floats as they travel: all of their values, or the largest `k` and where they stand.
///
/// ```
/// all         values, as the format writes them
/// largest k   places, k values        k numbers of two bytes, or a bit for each value, whichever is less
/// back        k values                for the same places, which both sides have kept
/// ```
///
/// The largest are those of each row by itself (DCT-MP, arXiv 2010.08899: a threshold for each sample), and of
/// equal ones those that come first, so that exactly `k` travel and both sides know the bytes beforehand. A value
/// that is no number counts as the largest. Where `k` values and their places would not be fewer bytes, all
/// travel.
final class WireRows {
    private static final int MAX_WIDTH = 1 << 16;

    private final WireCodec forward;
    private final WireCodec backward;
    private final double part;
    private final LargestValues largest;
    private final Floats some; // the values of one row that travel

    /// @param mostWidth floats of the widest row
    WireRows(ExchangeFormat format, int mostWidth, OffHeap memory) {
        if (format.kept() < 1 && mostWidth > MAX_WIDTH) {
            throw new IllegalArgumentException(
                    "dct.activations=%s with %d values of a sample on one rank, want %d at most: use more ranks"
                            .formatted(format.kept(), mostWidth, MAX_WIDTH));
        }
        this.forward = new WireCodec(format.forward());
        this.backward = new WireCodec(format.backward());
        this.part = format.kept();
        boolean cuts = part < 1;
        this.largest = new LargestValues(cuts ? mostWidth : 0);
        this.some = cuts ? memory.floats("largest values", mostWidth) : Floats.NONE;
    }

    /// @return values of a row that travel
    int kept(int width, int run) {
        if (part == 1 || width == 0) {
            return width;
        }
        int k = (int) Math.ceil(part * width);
        boolean fewer = placeBytes(width, k) + forward.bytes(k, run) < forward.bytes(width, run);
        return fewer ? k : width;
    }

    private static long placeBytes(int width, int k) {
        return k == width ? 0 : Math.min(bitBytes(width), (long) k * Character.BYTES);
    }

    private static long bitBytes(int width) {
        return Math.ceilDiv(width, Byte.SIZE);
    }

    /// @param run floats of a vector
    /// @return bytes of a row of vectors
    long forwardBytes(int width, int run) {
        int k = kept(width, run);
        return placeBytes(width, k) + forward.bytes(k, run);
    }

    /// @return bytes of a row of gradients
    long backwardBytes(int width, int run) {
        return backward.bytes(kept(width, run), run);
    }

    /// @return bytes that rows of `floats` floats in all take at most, one way or the other
    long mostBytes(long floats, int run) {
        return Math.max(forward.bytes(floats, run), backward.bytes(floats, run));
    }

    /// Writes rows of vectors.
    ///
    /// @param first float of `from` of the first row
    /// @param places receives `k` places of each row, two bytes each, from `placesAt` on
    void encodeForward(
            Floats from,
            long first,
            long rows,
            int width,
            int run,
            MemorySegment to,
            long toByte,
            MemorySegment places,
            long placesAt) {
        int k = kept(width, run);
        if (k == width) {
            forward.encode(from, first, rows * width, run, to, toByte);
            return;
        }
        long at = toByte;
        for (long row = 0; row < rows; row++) {
            long place = placesAt + row * k * Character.BYTES;
            choose(from, first + row * width, width, k, places, place);
            writePlaces(width, k, places, place, to, at);
            gather(from, first + row * width, k, places, place);
            forward.encode(some, 0, k, run, to, at + placeBytes(width, k));
            at += forwardBytes(width, run);
        }
    }

    private void choose(Floats from, long first, int width, int k, MemorySegment places, long place) {
        int threshold = largest.threshold(from, first, width, k);
        int equal = k;
        for (int c = 0; c < width; c++) {
            equal -= LargestValues.magnitude(from, first + c) > threshold ? 1 : 0;
        }
        long at = place;
        for (int c = 0; c < width; c++) {
            int magnitude = LargestValues.magnitude(from, first + c);
            if (magnitude > threshold || (magnitude == threshold && equal-- > 0)) {
                places.set(JAVA_CHAR_UNALIGNED, at, (char) c);
                at += Character.BYTES;
            }
        }
    }

    private static void writePlaces(int width, int k, MemorySegment places, long place, MemorySegment to, long toByte) {
        if (placeBytes(width, k) < bitBytes(width)) {
            MemorySegment.copy(places, place, to, toByte, (long) k * Character.BYTES);
            return;
        }
        to.asSlice(toByte, bitBytes(width)).fill((byte) 0);
        for (int i = 0; i < k; i++) {
            int c = places.get(JAVA_CHAR_UNALIGNED, place + (long) i * Character.BYTES);
            long at = toByte + (c >> 3);
            to.set(JAVA_BYTE, at, (byte) (to.get(JAVA_BYTE, at) | (1 << (c & 7))));
        }
    }

    private static void readPlaces(
            int width, int k, MemorySegment from, long fromByte, MemorySegment places, long place) {
        if (placeBytes(width, k) < bitBytes(width)) {
            MemorySegment.copy(from, fromByte, places, place, (long) k * Character.BYTES);
            return;
        }
        int found = 0;
        for (int c = 0; c < width && found < k; c++) {
            if ((from.get(JAVA_BYTE, fromByte + (c >> 3)) & (1 << (c & 7))) != 0) {
                places.set(JAVA_CHAR_UNALIGNED, place + (long) found++ * Character.BYTES, (char) c);
            }
        }
    }

    private void gather(Floats from, long first, int k, MemorySegment places, long place) {
        for (int i = 0; i < k; i++) {
            some.set(i, from.get(first + places.get(JAVA_CHAR_UNALIGNED, place + (long) i * Character.BYTES)));
        }
    }

    /// Writes the `k` values of a row to their places and zero between them.
    private void scatter(Floats to, long first, int width, int k, MemorySegment places, long place) {
        to.segment().asSlice(first * Float.BYTES, (long) width * Float.BYTES).fill((byte) 0);
        for (int i = 0; i < k; i++) {
            to.set(first + places.get(JAVA_CHAR_UNALIGNED, place + (long) i * Character.BYTES), some.get(i));
        }
    }

    /// Reads rows of vectors.
    ///
    /// @param places receives `k` places of each row, two bytes each, from `placesAt` on
    void decodeForward(
            MemorySegment from,
            long fromByte,
            Floats to,
            long first,
            long rows,
            int width,
            int run,
            MemorySegment places,
            long placesAt) {
        int k = kept(width, run);
        if (k == width) {
            forward.decode(from, fromByte, to, first, rows * width, run);
            return;
        }
        long at = fromByte;
        for (long row = 0; row < rows; row++) {
            long place = placesAt + row * k * Character.BYTES;
            readPlaces(width, k, from, at, places, place);
            forward.decode(from, at + placeBytes(width, k), some, 0, k, run);
            scatter(to, first + row * width, width, k, places, place);
            at += forwardBytes(width, run);
        }
    }

    /// Writes rows of gradients, of which those at `places` travel. A row with a value that is no finite number
    /// has one among those that travel.
    ///
    /// @param places as [#decodeForward] wrote them, `k` of each row, from `placesAt` on
    void encodeBackward(
            Floats from,
            long first,
            long rows,
            int width,
            int run,
            MemorySegment to,
            long toByte,
            MemorySegment places,
            long placesAt) {
        int k = kept(width, run);
        if (k == width) {
            backward.encode(from, first, rows * width, run, to, toByte);
            return;
        }
        for (long row = 0; row < rows; row++) {
            gather(from, first + row * width, k, places, placesAt + row * k * Character.BYTES);
            if (!LargestValues.areFinite(from, first + row * width, width)) {
                some.set(0, Float.NaN); // which its owner must hear of, wherever it is
            }
            backward.encode(some, 0, k, run, to, toByte + row * backwardBytes(width, run));
        }
    }

    /// Reads rows of gradients; those of other places are zero.
    void decodeBackward(
            MemorySegment from,
            long fromByte,
            Floats to,
            long first,
            long rows,
            int width,
            int run,
            MemorySegment places,
            long placesAt) {
        int k = kept(width, run);
        if (k == width) {
            backward.decode(from, fromByte, to, first, rows * width, run);
            return;
        }
        for (long row = 0; row < rows; row++) {
            backward.decode(from, fromByte + row * backwardBytes(width, run), some, 0, k, run);
            scatter(to, first + row * width, width, k, places, placesAt + row * k * Character.BYTES);
        }
    }

    /// @return whether vectors, or gradients, travel as they are
    boolean isExact(boolean back) {
        return part == 1 && (back ? backward : forward).isExact();
    }
}
