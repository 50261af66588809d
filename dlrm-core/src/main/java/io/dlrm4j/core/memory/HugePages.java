package io.dlrm4j.core.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Anonymous mappings that ask for huge pages before they are first touched (Linux `mmap` and `madvise`).
///
/// Where the system has neither function the memory comes from the arena, zeroed page by page.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
final class HugePages {
    /// Size of a huge page on x86-64, below which a mapping is not worth it.
    static final long BYTES = 2L << 20;

    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private HugePages() {}

    static MemorySegment map(Arena arena, String owner, String name, long bytes) {
        Linker linker = Linker.nativeLinker();
        if (!System.getProperty("os.name").startsWith("Linux")) {
            return arena.allocate(bytes, 64);
        }
        MethodHandle mmap = function(
                linker,
                "mmap",
                FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        MethodHandle munmap = function(linker, "munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
        MethodHandle madvise =
                function(linker, "madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        long mapped = bytes + BYTES; // room to start on a huge page
        try {
            long start = (long) mmap.invokeExact(
                    MemorySegment.NULL, mapped, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            if (start == MAP_FAILED) {
                throw new MemoryLimitException(
                        "memory of %s: the system refused %d bytes for %s; free memory or use more ranks"
                                .formatted(owner, bytes, name));
            }
            MemorySegment whole = MemorySegment.ofAddress(start)
                    .reinterpret(mapped, arena, segment -> unmap(munmap, segment, mapped));
            long skip = Math.floorMod(-start, BYTES);
            MemorySegment aligned = whole.asSlice(skip, bytes);
            // Advice only: a kernel without huge pages answers with an error and the mapping still works.
            int _ = (int) madvise.invokeExact(aligned, bytes, MADV_HUGEPAGE);
            return aligned;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("mmap of %d bytes for %s".formatted(bytes, name), t);
        }
    }

    private static void unmap(MethodHandle munmap, MemorySegment segment, long mapped) {
        try {
            int _ = (int) munmap.invokeExact(segment, mapped);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("munmap of %d bytes".formatted(mapped), t);
        }
    }

    private static MethodHandle function(Linker linker, String name, FunctionDescriptor descriptor) {
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }
}
