package io.dlrm4j.comm.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Memory of one rank that the ranks of its host reach directly, and its way to theirs.
///
/// What a rank allocates here is an area; a place is an area's number and a byte within it, which means the same
/// memory to every rank of the host. Places travel in frames, so what was written before a frame was sent is seen by
/// who received it. Areas last as long as this does. One thread uses it.
///
/// ```
/// place   | area 24 | byte 40 |
/// ```
public final class SharedMemory implements SegmentAllocator, AutoCloseable {
    /// The place of memory that is not shared.
    public static final long NOWHERE = -1;

    private static final int BYTE_BITS = 40;
    private static final long BYTE_MASK = (1L << BYTE_BITS) - 1;

    private final int rank;
    private final BitSet host;
    private final Areas areas;
    private final @Nullable MemorySegment[][] known; // [rank][area]
    private final Arena unshared = Arena.ofShared();

    /// Where areas come from.
    public interface Areas extends AutoCloseable {
        /// @return a new area of `rank`, zero, or null when there is no room
        @Nullable
        MemorySegment create(int rank, int number, long bytes, long alignment);

        /// @return another rank's area, or null when there is none of that number
        @Nullable
        MemorySegment open(int rank, int number);

        @Override
        void close();
    }

    /// @param host the ranks that share memory, this one included
    /// @param areas owned from now on
    public SharedMemory(int rank, int ranks, BitSet host, Areas areas) {
        this.rank = rank;
        this.host = host;
        this.areas = areas;
        this.known = new MemorySegment[ranks][0];
    }

    /// @return whether `peer` reaches this rank's areas and this rank its
    public boolean reaches(int peer) {
        return host.get(peer);
    }

    /// @return whether all ranks of the job share memory
    public boolean reachesAll() {
        return host.cardinality() == known.length;
    }

    /// @return an area of this rank, zero; where there is no room for one, memory that is not shared
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
        int number = known[rank].length;
        MemorySegment area = areas.create(rank, number, bytes, alignment);
        if (area == null) {
            return unshared.allocate(bytes, alignment);
        }
        remember(rank, number, area);
        return area;
    }

    private void remember(int owner, int number, MemorySegment area) {
        if (known[owner].length <= number) {
            @Nullable MemorySegment[] longer = new MemorySegment[number + 1];
            System.arraycopy(known[owner], 0, longer, 0, known[owner].length);
            known[owner] = longer;
        }
        known[owner][number] = area;
    }

    /// @return the place of memory that is wholly in one of this rank's areas, else [#NOWHERE]
    public long placeOf(MemorySegment memory) {
        @Nullable MemorySegment[] own = known[rank];
        for (int number = 0; number < own.length; number++) {
            MemorySegment area = own[number];
            if (area != null && memory.isNative()) {
                long at = memory.address() - area.address();
                if (at >= 0 && at + memory.byteSize() <= area.byteSize()) {
                    return ((long) number << BYTE_BITS) | at;
                }
            }
        }
        return NOWHERE;
    }

    /// @return the area of `peer` in which `bytes` bytes from `place` on lie, or null when there are none such
    public @Nullable MemorySegment area(int peer, long place, long bytes) {
        int number = (int) (place >>> BYTE_BITS);
        MemorySegment area = number < known[peer].length ? known[peer][number] : null;
        if (area == null) {
            area = areas.open(peer, number);
            if (area == null) {
                return null;
            }
            remember(peer, number, area);
        }
        return bytes >= 0 && byteOf(place) + bytes <= area.byteSize() ? area : null;
    }

    /// @return the byte of `place` within its area
    public static long byteOf(long place) {
        return place & BYTE_MASK;
    }

    @Override
    public void close() {
        unshared.close();
        areas.close();
    }
}
