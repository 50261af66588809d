package io.dlrm4j.comm;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/// One rank's way to all others: collectives that every rank calls in the same order on the same lane.
///
/// An operation is started by its method and ended by [Pending#await]; between the two the buffers belong to it.
/// Operations of one lane run strictly in the order in which they were started, those of different lanes
/// independently. Bytes move while somebody is inside this communicator: `await`, [#progress], or the start of an
/// operation. A step therefore calls [#progress] between layers, which costs well under a microsecond when nothing
/// is to be done. One thread at a time uses a communicator.
///
/// All reductions run in an order fixed by the number of ranks, so every rank ends with the same bits, and the same
/// run twice gives the same bits. With one rank every operation is done at once and costs nothing.
public interface Communicator extends AutoCloseable {
    /// Which queue an operation runs in.
    enum Lane {
        /// Barriers, small facts, checkpoints, evaluation.
        CONTROL(0),
        /// All-reduce of dense gradients.
        DENSE(1),
        /// Exchange of pooled vectors.
        FORWARD(2),
        /// Exchange of their gradients.
        BACKWARD(3);

        private final int index;

        Lane(int index) {
            this.index = index;
        }

        /// @return its place among the lanes, the same in every version: it is part of stream numbers
        public int index() {
            return index;
        }
    }

    /// @return this rank, from 0
    int rank();

    /// @return number of ranks
    int size();

    /// Memory that the other ranks of this host reach directly: sums over ranks of one host are made in place
    /// in it, and a part of an exchange is copied once, by its receiver. Buffers elsewhere are carried as well,
    /// copied into frames and out of them. What is taken lasts until the communicator is closed; where there is no
    /// room it is ordinary memory.
    ///
    /// @return null where no other rank is on this host
    @Nullable
    SegmentAllocator sharedMemory();

    /// Sends part `r` of `send` to rank `r` and receives rank `r`'s part for this rank into part `r` of `receive`.
    /// Every rank knows all sizes in advance; a part may be empty.
    ///
    /// @param sendOffsets byte offsets of the parts within `send`, `size() + 1` of them, ascending
    /// @param receiveOffsets byte offsets of the parts within `receive`, `size() + 1` of them, ascending
    Pending allToAll(Lane lane, MemorySegment send, long[] sendOffsets, MemorySegment receive, long[] receiveOffsets);

    /// Sums `data` over all ranks, in place.
    Pending allReduce(Lane lane, Floats data);

    /// Sums `data` over all ranks; afterwards part `rank()` of `data` holds its sum, the rest is undefined.
    ///
    /// @param offsets float offsets of the parts, `size() + 1` of them, ascending
    Pending reduceScatter(Lane lane, Floats data, long[] offsets);

    /// Gives every rank every part: before, part `rank()` of `data` is filled; afterwards all are.
    ///
    /// @param offsets byte offsets of the parts, `size() + 1` of them, ascending
    Pending allGather(Lane lane, MemorySegment data, long[] offsets);

    /// Copies `data` of rank `root` to all ranks.
    Pending broadcast(Lane lane, int root, MemorySegment data);

    /// Ends when every rank has started it.
    Pending barrier(Lane lane);

    /// Gives every rank the bytes of every rank, in rank order, whatever their lengths; for small facts, allocates,
    /// waits.
    byte[][] gatherBytes(byte[] mine);

    /// Moves what can be moved now without waiting.
    ///
    /// @throws CommException when a rank is lost
    void progress();

    /// Tells `listener` from now on, instead of the one before, what is done in here; a world of one rank does nothing.
    void listen(CommListener listener);

    /// Tells all other ranks that this one failed, so that they stop with the same sentence instead of waiting.
    void abort(String reason);

    @Override
    void close();
}
