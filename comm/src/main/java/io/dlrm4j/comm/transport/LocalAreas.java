package io.dlrm4j.comm.transport;

import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Areas of shared memory for ranks that are threads of one JVM; any of them may ask.
public final class LocalAreas implements SharedMemory.Areas {
    private final OffHeap owner;
    private final Map<Name, MemorySegment> areas = new ConcurrentHashMap<>();

    private record Name(int rank, int number) {}

    /// @param owner owns the areas of all ranks
    public LocalAreas(OffHeap owner) {
        this.owner = owner;
    }

    @Override
    public MemorySegment create(int rank, int number, long bytes, long alignment) {
        MemorySegment area = owner.bytes("shared memory", bytes); // aligned to a cache line
        areas.put(new Name(rank, number), area);
        return area;
    }

    @Override
    public @Nullable MemorySegment open(int rank, int number) {
        return areas.get(new Name(rank, number));
    }

    /// Frees nothing: another rank may still read what this one shared.
    @Override
    public void close() {}
}
