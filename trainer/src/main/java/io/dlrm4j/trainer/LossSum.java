package io.dlrm4j.trainer;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Adds one number of every rank in double precision and in rank order, so that every rank gets the same bits;
/// beside it travels for which share of its time each rank has waited for others.
///
/// Sixteen bytes a rank travel; a sum of floats over the gradient buckets would cost as little but lose digits.
final class LossSum {
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final Communicator communicator;
    private final MemorySegment parts; // two doubles a rank
    private final long[] offsets;
    private final double[] waited;
    private double wait;

    LossSum(Communicator communicator, OffHeap memory) {
        this.communicator = communicator;
        this.parts = memory.bytes("losses", 2L * communicator.size() * DOUBLE.byteSize());
        this.waited = new double[communicator.size()];
        this.offsets = new long[communicator.size() + 1];
        for (int rank = 0; rank < offsets.length; rank++) {
            offsets[rank] = 2L * rank * DOUBLE.byteSize();
        }
    }

    /// Starts to share this rank's part.
    Pending start(double part) {
        parts.setAtIndex(DOUBLE, 2L * communicator.rank(), part);
        parts.setAtIndex(DOUBLE, 2L * communicator.rank() + 1, wait);
        return communicator.allGather(Lane.CONTROL, parts, offsets);
    }

    /// @return the sum of all parts, once the operation has ended
    double sum() {
        double sum = 0;
        for (int rank = 0; rank < communicator.size(); rank++) {
            sum += parts.getAtIndex(DOUBLE, 2L * rank);
            waited[rank] = parts.getAtIndex(DOUBLE, 2L * rank + 1);
        }
        return sum;
    }

    /// Says for which share of its last step this rank has waited; goes with the next part.
    void waited(double share) {
        wait = share;
    }

    /// @return what each rank said last, as of the last [#sum]
    double[] waited() {
        return waited;
    }
}
