package io.dlrm4j.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The owner of a rank's off-heap memory: every allocation has a name, counts against one limit, and ends with `close`.
///
/// Memory is zero at first. Allocation is for the start of a job, never for a step. Any thread may allocate; views may
/// be used by any thread until `close`, after which using them throws.
public final class OffHeap implements AutoCloseable {
    private static final AtomicLong LIVE_BYTES = new AtomicLong();
    private static final long ALIGNMENT = 64;
    private static final String RANK_REMEDY = "raise train.memory_limit_mib, use more ranks or a smaller model";

    private final Arena arena = Arena.ofShared();
    private final String owner;
    private final long limit;
    private final String remedy;
    private final @Nullable SegmentAllocator shared;
    private final List<Entry> entries = new ArrayList<>();
    private final List<OffHeap> parts = new ArrayList<>();
    private final @Nullable OffHeap whole;
    private long allocated;
    private long mostAllocated;
    private boolean closed;

    /// One named allocation.
    ///
    /// @param name what it is for, as printed in the budget
    /// @param bytes its size
    public record Entry(String name, long bytes) {}

    /// @param owner who owns the memory, as printed: `rank 2`
    /// @param limit bytes that may be allocated in all; [Long#MAX_VALUE]: no limit
    public OffHeap(String owner, long limit) {
        this(owner, limit, RANK_REMEDY);
    }

    /// @param owner who owns the memory, as printed: `rank 2`
    /// @param limit bytes that may be allocated in all; [Long#MAX_VALUE]: no limit
    /// @param remedy what to do when that is too little, as the message ends
    public OffHeap(String owner, long limit, String remedy) {
        this(owner, limit, remedy, null, null);
    }

    /// @param owner who owns the memory, as printed: `rank 2`
    /// @param limit bytes that may be allocated in all; [Long#MAX_VALUE]: no limit
    /// @param shared gives memory, zero, that other processes reach, and outlasts this; null: there are none
    public OffHeap(String owner, long limit, @Nullable SegmentAllocator shared) {
        this(owner, limit, RANK_REMEDY, null, shared);
    }

    private OffHeap(
            String owner, long limit, String remedy, @Nullable OffHeap whole, @Nullable SegmentAllocator shared) {
        this.owner = owner;
        this.limit = limit;
        this.remedy = remedy;
        this.whole = whole;
        this.shared = shared;
    }

    /// @return an owner without a limit, for tests and tools
    public static OffHeap unlimited(String owner) {
        return new OffHeap(owner, Long.MAX_VALUE);
    }

    /// Starts a part that may be closed before this owner, for memory that is exchanged for larger memory. What the
    /// part
    /// allocates is counted and limited here; it ends with this owner at the latest.
    ///
    /// @param name of the part, as its owner's name in messages
    public synchronized OffHeap part(String name) {
        requireOpen(name);
        OffHeap part = new OffHeap(owner + ", " + name, Long.MAX_VALUE, remedy, this, shared);
        parts.add(part);
        return part;
    }

    /// @return bytes allocated and not yet freed by all owners of this process, for leak checks
    public static long liveBytes() {
        return LIVE_BYTES.get();
    }

    /// @return `count` floats, zero
    /// @throws MemoryLimitException when the limit would be passed
    public Floats floats(String name, long count) {
        return new Floats(bytes(name, Math.multiplyExact(count, (long) Float.BYTES)));
    }

    /// Allocates what other processes of the job may read and write directly, where there are any; else the same as
    /// [#floats]. Lasts as long as what gives it.
    ///
    /// @return `count` floats, zero
    /// @throws MemoryLimitException when the limit would be passed
    public synchronized Floats sharedFloats(String name, long count) {
        if (shared == null) {
            return floats(name, count);
        }
        long bytes = Math.multiplyExact(count, (long) Float.BYTES);
        reserve(name, bytes);
        return new Floats(shared.allocate(bytes, ALIGNMENT));
    }

    /// @return `count` integers, zero
    /// @throws MemoryLimitException when the limit would be passed
    public Ints ints(String name, long count) {
        return new Ints(bytes(name, Math.multiplyExact(count, (long) Integer.BYTES)));
    }

    /// @return `bytes` bytes, zero, aligned to a cache line
    /// @throws MemoryLimitException when the limit would be passed
    public synchronized MemorySegment bytes(String name, long bytes) {
        reserve(name, bytes);
        return arena.allocate(bytes, ALIGNMENT);
    }

    /// Allocates memory for an embedding table: pages come from the system when they are first touched, as huge pages
    /// where the system has them, so that a random row costs one TLB miss less.
    ///
    /// @return `count` floats, zero
    /// @throws MemoryLimitException when the limit would be passed or the system has no such memory
    public Floats hugeFloats(String name, long count) {
        return new Floats(hugeBytes(name, Math.multiplyExact(count, (long) Float.BYTES)));
    }

    /// The same for anything that is read at random.
    ///
    /// @return `bytes` bytes, zero
    /// @throws MemoryLimitException when the limit would be passed or the system has no such memory
    public synchronized MemorySegment hugeBytes(String name, long bytes) {
        if (bytes < HugePages.BYTES) {
            return bytes(name, bytes);
        }
        reserve(name, bytes);
        return HugePages.map(arena, owner, name, bytes);
    }

    /// @return bytes allocated so far
    public synchronized long allocatedBytes() {
        return allocated;
    }

    /// @return bytes that were allocated at once at most
    public synchronized long mostAllocatedBytes() {
        return mostAllocated;
    }

    /// @return the allocations so far, in order
    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /// @return the budget as text, one line for each name, largest first, then the sum and the limit
    public synchronized String budget() {
        StringBuilder text = new StringBuilder("off-heap memory of ").append(owner);
        entries.stream()
                .sorted((a, b) -> Long.compare(b.bytes, a.bytes))
                .forEach(e -> text.append("\n  %-40s %s".formatted(e.name, megabytes(e.bytes))));
        text.append("\n  %-40s %s".formatted("in all", megabytes(allocated)));
        if (limit != Long.MAX_VALUE) {
            text.append(" of ").append(megabytes(limit).strip());
        }
        return text.toString();
    }

    private synchronized void reserve(String name, long bytes) {
        requireOpen(name);
        if (bytes < 0) {
            throw new IllegalArgumentException(
                    "memory of %s: %s: bytes=%d, want 0 or more".formatted(owner, name, bytes));
        }
        if (bytes > limit - allocated) {
            throw new MemoryLimitException("memory of %s: %s needs %s, but %s of %s are taken; %s"
                    .formatted(
                            owner,
                            name,
                            megabytes(bytes).strip(),
                            megabytes(allocated).strip(),
                            megabytes(limit).strip(),
                            remedy));
        }
        if (whole == null) {
            LIVE_BYTES.addAndGet(bytes);
        } else {
            whole.reserve(name, bytes);
        }
        allocated += bytes;
        mostAllocated = Math.max(mostAllocated, allocated);
        entries.add(new Entry(name, bytes));
    }

    private void requireOpen(String name) {
        if (closed) {
            throw new IllegalStateException("memory of %s: closed, cannot allocate %s".formatted(owner, name));
        }
    }

    private synchronized void forget(OffHeap part) {
        parts.remove(part);
    }

    private synchronized void release(List<Entry> freed, long bytes) {
        freed.forEach(entries::remove);
        allocated -= bytes;
        if (whole == null) {
            LIVE_BYTES.addAndGet(-bytes);
        } else {
            whole.release(freed, bytes);
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,12.1f MiB", bytes / 1048576.0);
    }

    @Override
    public void close() {
        List<OffHeap> open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = List.copyOf(parts);
        }
        open.forEach(OffHeap::close);
        arena.close();
        release(entries(), allocatedBytes());
        if (whole != null) {
            whole.forget(this);
        }
    }
}
