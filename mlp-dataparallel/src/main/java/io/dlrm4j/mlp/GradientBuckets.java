package io.dlrm4j.mlp;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.kernel.WireCodec;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/// Sums the flat gradient buffer over all ranks bucket by bucket, each as soon as backward has finished it.
///
/// Backward reports its progress to [#accept]; [#sumOverRanks] waits for all buckets and makes the object ready
/// for the next step. A step allocates nothing.
public final class GradientBuckets implements LongConsumer {
    private final Communicator communicator;
    private final Predicate<Floats> sound;
    private final SumFormat format;
    private final long[] starts; // first float of each bucket, descending; the last is 0
    private final Floats[] buckets;
    private final BucketSum[] sums;
    private final Floats left; // of all buckets, then their thresholds; none where all gradients travel
    private final long gradients;
    private int started;
    private boolean refused;

    /// @param communicator the ranks; one step's sums run on [Lane#DENSE]
    /// @param gradients flat gradients `[P]`, the same on every rank
    /// @param bucketFloats size of a bucket; the one at the front of the buffer takes what is left
    /// @param format how they travel; a rank alone sends nothing, and so has none
    /// @param sound says of each bucket of this rank whether it may be summed with those of others
    /// @param memory owns the buffers
    public GradientBuckets(
            Communicator communicator,
            Floats gradients,
            int bucketFloats,
            SumFormat format,
            Predicate<Floats> sound,
            OffHeap memory) {
        if (bucketFloats < 1) {
            throw new IllegalArgumentException("comm.bucket_floats=%d, want 1 or more".formatted(bucketFloats));
        }
        this.communicator = communicator;
        this.sound = sound;
        this.format = communicator.size() == 1 ? SumFormat.EXACT : format;
        this.gradients = gradients.length();
        int count = Math.toIntExact(Math.ceilDiv(gradients.length(), (long) bucketFloats));
        this.starts = new long[count];
        this.buckets = new Floats[count];
        this.sums = new BucketSum[count];
        this.left = this.format.kept() == 1
                ? Floats.NONE
                : memory.floats("gradients not sent yet", gradients.length() + count);
        forgetThresholds();
        long end = gradients.length();
        for (int b = 0; b < count; b++) {
            long start = Math.max(0, end - bucketFloats);
            starts[b] = start;
            buckets[b] = gradients.slice(start, end - start);
            sums[b] = sum(b, memory);
            end = start;
        }
    }

    private BucketSum sum(int b, OffHeap memory) {
        WireCodec codec = new WireCodec(format.format());
        Floats bucket = buckets[b];
        if (format.kept() < 1) {
            Floats unsent = left.slice(starts[b], bucket.length());
            Floats threshold = left.slice(gradients + b, 1);
            return new ThresholdedSum(communicator, codec, bucket, unsent, threshold, format.kept(), memory);
        }
        return codec.isExact()
                ? new PlainSum(communicator, bucket)
                : new PackedSum(communicator, codec, bucket, memory);
    }

    /// @return number of buckets
    public int count() {
        return starts.length;
    }

    /// Says which step comes next, on which depends whether thresholds are taken anew.
    ///
    /// @param step counted from the start of the job, not of this process
    public void atStep(long step) {
        for (BucketSum sum : sums) {
            if (sum instanceof ThresholdedSum thresholded) {
                thresholded.renew(step % format.refreshSteps() == 0);
            }
        }
    }

    /// @return what this rank has not sent yet, `[P]`, then the threshold of each bucket; of no floats where all
    ///     gradients travel. Part of what a job continues from
    public Floats left() {
        return left;
    }

    /// The next step takes all thresholds anew: those at hand are of other buckets, or none.
    public void forgetThresholds() {
        if (left.length() > 0) {
            left.slice(gradients, left.length() - gradients).fill(-1);
        }
    }

    /// Starts the sum of every bucket that has become complete, and lets arrived bytes in.
    ///
    /// @param from all gradients from this float on are final
    @Override
    public void accept(long from) {
        while (started < starts.length && starts[started] >= from && !refused) {
            sums[started].join();
            if (!sound.test(buckets[started])) {
                refused = true;
                return;
            }
            sums[started].start();
            started++;
        }
        communicator.progress();
    }

    /// @return whether a bucket of this rank was not sound; it and those behind it are not summed, the step
    ///     cannot end
    public boolean refused() {
        return refused;
    }

    /// Waits until every gradient is the sum over all ranks.
    ///
    /// @throws IllegalStateException when backward has not finished all gradients
    public void sumOverRanks() {
        if (started < starts.length) {
            throw new IllegalStateException("gradient buckets: %d of %d are complete, want all before they are summed"
                    .formatted(started, starts.length));
        }
        started = 0;
        for (BucketSum sum : sums) {
            sum.next();
        }
        for (BucketSum sum : sums) {
            sum.await();
        }
    }

    /// A sum of floats as they are, in one stage.
    private static final class PlainSum implements BucketSum {
        private final Communicator communicator;
        private final Floats bucket;
        private Pending sending = Pending.DONE;

        PlainSum(Communicator communicator, Floats bucket) {
            this.communicator = communicator;
            this.bucket = bucket;
        }

        @Override
        public void start() {
            sending = communicator.allReduce(Lane.DENSE, bucket);
        }

        @Override
        public void await() {
            sending.await();
        }
    }
}
