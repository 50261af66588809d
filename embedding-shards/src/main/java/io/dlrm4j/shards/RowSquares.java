package io.dlrm4j.shards;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.Pending;
import io.dlrm4j.core.kernel.RowKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.List;

/// Joins the squares of gradients of rows whose columns lie on several ranks: every owner sends its own to every other
/// and adds all in the order of ranks, so all have the same bits. Who owns nothing takes part with nothing.
final class RowSquares {
    private final Communicator communicator;
    private final RowKernels kernels;
    private final boolean[] isOwner;
    private final int owners;
    private final Floats sent; // [owners, rows], the same for each
    private final Floats received; // [owners, rows] by rank
    private final long[] offsets;
    private Pending exchange = Pending.DONE;
    private int rows;

    /// @param name as printed
    /// @param owners ranks that have columns
    /// @param mostRows rows that a batch may touch; 0 where none lie here
    RowSquares(String name, List<Integer> owners, long mostRows, Communicator communicator, OffHeap memory) {
        this.communicator = communicator;
        this.kernels = RowKernels.best();
        this.isOwner = new boolean[communicator.size()];
        for (int owner : owners) {
            isOwner[owner] = true;
        }
        this.owners = owners.size();
        this.sent = memory.sharedFloats(name + " squares here", this.owners * mostRows);
        this.received = memory.sharedFloats(name + " squares", this.owners * mostRows);
        this.offsets = new long[communicator.size() + 1];
    }

    /// @return where the squares of the columns here are written before [#start]
    Floats here() {
        return sent;
    }

    /// Starts to send the squares of the first `count` rows.
    void start(int count) {
        rows = count;
        for (int owner = 1; owner < owners && count > 0; owner++) {
            kernels.copy(sent, (long) owner * count, sent, 0, count);
        }
        for (int rank = 0; rank < communicator.size(); rank++) {
            offsets[rank + 1] = offsets[rank] + (isOwner[rank] ? (long) count * Float.BYTES : 0);
        }
        exchange = communicator.allToAll(Lane.BACKWARD, sent.segment(), offsets, received.segment(), offsets);
    }

    /// @return the squares of whole rows; waits for them
    Floats await() {
        exchange.await();
        for (int row = 0; row < rows; row++) {
            float sum = received.get(row);
            for (int owner = 1; owner < owners; owner++) {
                sum += received.get((long) owner * rows + row);
            }
            received.set(row, sum);
        }
        return received;
    }
}
