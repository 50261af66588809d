package io.dlrm4j.mlp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.kernel.LargestValues;
import io.dlrm4j.core.kernel.WireCodec;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/// A sum of the largest gradients of each rank (DCT-DP, arXiv 2010.08899): those whose magnitude reaches the
/// rank's threshold travel with their places, all ranks add them up in the order of the ranks, and what did not
/// travel, or was rounded away, stays on the rank and joins the gradients of the next step. What was sent and
/// what is left is always the sum of all gradients.
///
/// The threshold is the k-th largest magnitude, k a part of the bucket, taken anew every so many steps; between,
/// as many travel as reach it. How many that is travels ahead, eight bytes a rank.
///
/// ```
/// few     places, four bytes each, then values                  below one value in 32
/// many    a bit for each gradient, then values
/// all     values
/// ```
final class ThresholdedSum implements BucketSum {
    private static final DenseKernels KERNELS = DenseKernels.best();
    private static final int FEW = 32;

    private final Communicator communicator;
    private final WireCodec codec;
    private final Floats bucket;
    private final Floats left; // of earlier steps
    private final Floats threshold; // one: below 0 when there is none yet
    private final int k;
    private final LargestValues largest;
    private final MemorySegment counts; // of each rank
    private final long[] countOffsets;
    private final long[] offsets; // of each rank's message
    private final MemorySegment message; // this rank's
    private final MemorySegment messages;
    private final Floats values;
    private final Sent subtract;
    private final Sent add;
    private Pending sending = Pending.DONE;
    private boolean renew;

    /// @param left as long as `bucket`; what is not sent
    /// @param threshold one float
    /// @param part of the gradients that travels where the threshold is taken
    ThresholdedSum(
            Communicator communicator,
            WireCodec codec,
            Floats bucket,
            Floats left,
            Floats threshold,
            double part,
            OffHeap memory) {
        int ranks = communicator.size();
        int floats = Math.toIntExact(bucket.length());
        this.communicator = communicator;
        this.codec = codec;
        this.bucket = bucket;
        this.left = left;
        this.threshold = threshold;
        this.k = (int) Math.ceil(part * floats);
        this.largest = new LargestValues(floats);
        this.counts = memory.bytes("number of gradients", (long) ranks * Long.BYTES);
        this.countOffsets = new long[ranks + 1];
        for (int r = 1; r <= ranks; r++) {
            countOffsets[r] = (long) r * Long.BYTES;
        }
        this.offsets = new long[ranks + 1];
        long most = floats / Byte.SIZE + 1 + codec.bytes(floats, PackedSum.RUN);
        this.message = memory.bytes("largest gradients", most);
        this.messages = memory.sharedFloats("largest gradients", Math.ceilDiv(most * ranks, Float.BYTES))
                .segment();
        this.values = memory.floats("largest gradients", floats);
        this.subtract = (place, value) -> left.set(place, left.get(place) - value);
        this.add = (place, value) -> bucket.set(place, bucket.get(place) + value);
    }

    /// Says whether the threshold is taken anew by the next [#start].
    void renew(boolean anew) {
        renew = anew;
    }

    @Override
    public void join() {
        KERNELS.add(bucket.segment(), 0, left.segment(), 0, bucket.length());
    }

    @Override
    public void start() {
        if (renew || threshold.get(0) < 0) {
            int found = largest.threshold(bucket, 0, (int) bucket.length(), k);
            // a zero is not worth its place, unless all travel
            threshold.set(0, k == bucket.length() ? 0 : Math.max(Float.intBitsToFloat(found), Float.MIN_VALUE));
        }
        int least = Float.floatToRawIntBits(threshold.get(0));
        long count = 0;
        for (long i = 0; i < bucket.length(); i++) {
            count += LargestValues.magnitude(bucket, i) >= least ? 1 : 0;
        }
        pack(count, least);
        counts.set(JAVA_LONG_UNALIGNED, countOffsets[communicator.rank()], count);
        sending = communicator.allGather(Lane.DENSE, counts, countOffsets);
    }

    private long placeBytes(long count) {
        if (count == bucket.length()) {
            return 0;
        }
        return isFew(count) ? count * Integer.BYTES : Math.ceilDiv(bucket.length(), (long) Byte.SIZE);
    }

    private boolean isFew(long count) {
        return count < bucket.length() / FEW;
    }

    private long bytes(long count) {
        return placeBytes(count) + codec.bytes(count, PackedSum.RUN);
    }

    /// Writes this rank's message, and to `left` what it does not say.
    private void pack(long count, int least) {
        boolean few = isFew(count);
        boolean all = count == bucket.length();
        message.asSlice(0, placeBytes(count)).fill((byte) 0);
        long at = 0;
        for (long i = 0; i < bucket.length(); i++) {
            if (LargestValues.magnitude(bucket, i) < least) {
                continue;
            }
            if (few) {
                message.set(JAVA_INT_UNALIGNED, at * Integer.BYTES, (int) i);
            } else if (!all) {
                message.set(JAVA_BYTE, i >> 3, (byte) (message.get(JAVA_BYTE, i >> 3) | (1 << (i & 7))));
            }
            values.set(at++, bucket.get(i));
        }
        codec.encode(values, 0, count, PackedSum.RUN, message, placeBytes(count));
        left.copyFrom(bucket);
        forEach(message, 0, count, subtract);
    }

    /// What is done with a gradient of a message.
    private interface Sent {
        void take(long place, float value);
    }

    private void forEach(MemorySegment from, long fromByte, long count, Sent sent) {
        codec.decode(from, fromByte + placeBytes(count), values, 0, count, PackedSum.RUN);
        boolean few = isFew(count);
        boolean all = count == bucket.length();
        long place = -1;
        for (long at = 0; at < count; at++) {
            if (few) {
                place = from.get(JAVA_INT_UNALIGNED, fromByte + at * Integer.BYTES);
            } else {
                do {
                    place++;
                } while (!all && (from.get(JAVA_BYTE, fromByte + (place >> 3)) & (1 << (place & 7))) == 0);
            }
            sent.take(place, values.get(at));
        }
    }

    private long count(int rank) {
        return counts.get(JAVA_LONG_UNALIGNED, countOffsets[rank]);
    }

    @Override
    public void next() {
        sending.await();
        int rank = communicator.rank();
        for (int r = 0; r < communicator.size(); r++) {
            offsets[r + 1] = offsets[r] + bytes(count(r));
        }
        MemorySegment.copy(message, 0, messages, offsets[rank], bytes(count(rank)));
        sending = communicator.allGather(Lane.DENSE, messages, offsets);
    }

    @Override
    public void await() {
        sending.await();
        bucket.fill(0);
        for (int r = 0; r < communicator.size(); r++) {
            forEach(messages, offsets[r], count(r), add);
        }
    }
}
