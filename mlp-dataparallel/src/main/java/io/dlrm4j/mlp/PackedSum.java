package io.dlrm4j.mlp;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.kernel.WireCodec;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/// A sum of which every value that travels is packed: each rank gets one part of all buckets, adds them up as
/// floats, in the order of the ranks, and packs the sum once, which all ranks then read, itself included. So a
/// value is rounded twice, whatever the number of ranks, and all ranks hold the same bits. A ring would round at
/// each of its steps.
///
/// ```
/// all-to-all   rank r gets part r of every rank, packed       bytes: (N-1)/N of the bucket
/// all-gather   every rank gets the packed sum of each part    bytes: (N-1)/N of the bucket
/// ```
final class PackedSum implements BucketSum {
    /// Gradients that share a scale, where the format has one.
    static final int RUN = 128;

    private static final DenseKernels KERNELS = DenseKernels.best();

    private final Communicator communicator;
    private final WireCodec codec;
    private final Floats bucket;
    private final long[] starts; // first float of each part
    private final long[] partBytes; // where each part begins when packed
    private final long[] gatherBytes; // where the same part of each rank begins
    private final MemorySegment packed;
    private final MemorySegment gathered;
    private final Floats part;
    private Pending sending = Pending.DONE;

    PackedSum(Communicator communicator, WireCodec codec, Floats bucket, OffHeap memory) {
        int ranks = communicator.size();
        int rank = communicator.rank();
        this.communicator = communicator;
        this.codec = codec;
        this.bucket = bucket;
        this.starts = new long[ranks + 1];
        this.partBytes = new long[ranks + 1];
        this.gatherBytes = new long[ranks + 1];
        long runs = Math.ceilDiv(bucket.length(), (long) RUN);
        for (int r = 1; r <= ranks; r++) {
            starts[r] = Math.min(bucket.length(), Math.ceilDiv(runs * r, ranks) * RUN);
            partBytes[r] = codec.bytes(starts[r], RUN);
        }
        long mine = partBytes[rank + 1] - partBytes[rank];
        for (int r = 1; r <= ranks; r++) {
            gatherBytes[r] = r * mine;
        }
        this.packed = bytes(memory, partBytes[ranks]);
        this.gathered = bytes(memory, gatherBytes[ranks]);
        this.part = memory.floats("part of a sum", starts[rank + 1] - starts[rank]);
    }

    private static MemorySegment bytes(OffHeap memory, long bytes) {
        return memory.sharedFloats("gradients on the wire", Math.ceilDiv(bytes, Float.BYTES))
                .segment();
    }

    @Override
    public void start() {
        codec.encode(bucket, 0, bucket.length(), RUN, packed, 0);
        sending = communicator.allToAll(Lane.DENSE, packed, partBytes, gathered, gatherBytes);
    }

    @Override
    public void next() {
        sending.await();
        int rank = communicator.rank();
        long floats = part.length();
        for (int r = 0; r < communicator.size(); r++) {
            codec.decode(gathered, gatherBytes[r], r == 0 ? bucket : part, r == 0 ? starts[rank] : 0, floats, RUN);
            if (r > 0) {
                KERNELS.add(bucket.segment(), starts[rank] * Float.BYTES, part.segment(), 0, floats);
            }
        }
        codec.encode(bucket, starts[rank], floats, RUN, packed, partBytes[rank]);
        sending = communicator.allGather(Lane.DENSE, packed, partBytes);
    }

    @Override
    public void await() {
        sending.await();
        codec.decode(packed, 0, bucket, 0, bucket.length(), RUN);
    }
}
