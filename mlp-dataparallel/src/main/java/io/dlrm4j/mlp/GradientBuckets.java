package io.dlrm4j.mlp;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.memory.Floats;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/// Sums the flat gradient buffer over all ranks bucket by bucket, each as soon as backward has finished it.
///
/// Backward reports its progress to [#accept]; [#sumOverRanks] waits for all buckets and makes the object ready for
/// the next step. A step allocates nothing.
public final class GradientBuckets implements LongConsumer {
    private final Communicator communicator;
    private final Predicate<Floats> sound;
    private final long[] starts; // first float of each bucket, descending; the last is 0
    private final Floats[] buckets;
    private final Pending[] sums;
    private int started;
    private boolean refused;

    /// @param communicator the ranks; one step's sums run on [Lane#DENSE]
    /// @param gradients flat gradients `[P]`, the same on every rank
    /// @param bucketFloats size of a bucket; the one at the front of the buffer takes what is left
    /// @param sound says of each bucket of this rank whether it may be summed with those of others
    public GradientBuckets(Communicator communicator, Floats gradients, int bucketFloats, Predicate<Floats> sound) {
        if (bucketFloats < 1) {
            throw new IllegalArgumentException("comm.bucket_floats=%d, want 1 or more".formatted(bucketFloats));
        }
        this.communicator = communicator;
        this.sound = sound;
        int count = Math.toIntExact(Math.ceilDiv(gradients.length(), (long) bucketFloats));
        this.starts = new long[count];
        this.buckets = new Floats[count];
        this.sums = new Pending[count];
        long end = gradients.length();
        for (int b = 0; b < count; b++) {
            long start = Math.max(0, end - bucketFloats);
            starts[b] = start;
            buckets[b] = gradients.slice(start, end - start);
            end = start;
        }
        Arrays.fill(sums, Pending.DONE);
    }

    /// @return number of buckets
    public int count() {
        return starts.length;
    }

    /// Starts the sum of every bucket that has become complete, and lets arrived bytes in.
    ///
    /// @param from all gradients from this float on are final
    @Override
    public void accept(long from) {
        while (started < starts.length && starts[started] >= from && !refused) {
            if (!sound.test(buckets[started])) {
                refused = true;
                return;
            }
            sums[started] = communicator.allReduce(Lane.DENSE, buckets[started]);
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
        for (Pending sum : sums) {
            sum.await();
        }
    }
}
