package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// NCCL: collectives between cards, enqueued on a stream, which a graph may record. Optional: found at run time
/// like the other libraries, and only where a job asks for it. One rank a card.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
public final class Nccl extends Status {
    private static final int ID_BYTES = 128;
    private static final int TEXT = 256;
    private static final MemoryLayout ID = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(ID_BYTES, JAVA_BYTE));

    private final MethodHandle version;
    private final MethodHandle uniqueId;
    private final MethodHandle initialise;
    private final MethodHandle destroy;
    private final MethodHandle abort;
    private final MethodHandle allReduce;
    private final MethodHandle send;
    private final MethodHandle receive;
    private final MethodHandle groupStart;
    private final MethodHandle groupEnd;
    private final MethodHandle errorString;

    /// What is added or compared.
    public enum Type {
        /// 32-bit integers.
        INT(2, Integer.BYTES),
        /// 32-bit floats.
        FLOAT(7, Float.BYTES),
        /// 64-bit floats.
        DOUBLE(8, Double.BYTES);

        private final int number;
        private final int bytes;

        Type(int number, int bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        /// @return bytes of one
        public int bytes() {
            return bytes;
        }
    }

    /// How the values of all ranks become one.
    public enum Reduction {
        /// Their sum.
        SUM(0),
        /// The largest.
        MAX(2);

        private final int number;

        Reduction(int number) {
            this.number = number;
        }
    }

    /// @throws CudaUnavailableException when it is not on this machine
    public Nccl(LibrarySearch search) {
        NativeLibrary library = NativeLibrary.open(
                search,
                "nccl",
                List.of("2"),
                "install NCCL (libnccl2, or the Python wheel nvidia-nccl), use --collectives host");
        version = library.function("ncclGetVersion", ADDRESS);
        uniqueId = library.function("ncclGetUniqueId", ADDRESS);
        initialise = library.function("ncclCommInitRank", ADDRESS, JAVA_INT, ID, JAVA_INT);
        destroy = library.function("ncclCommDestroy", JAVA_LONG);
        abort = library.function("ncclCommAbort", JAVA_LONG);
        allReduce = library.function(
                "ncclAllReduce", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        send = library.function("ncclSend", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        receive = library.function("ncclRecv", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        groupStart = library.function("ncclGroupStart");
        groupEnd = library.function("ncclGroupEnd");
        errorString = library.function("ncclGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    }

    @Override
    String meaning(int status) {
        try {
            MemorySegment text = (MemorySegment) errorString.invokeExact(status);
            return "%s (%d)".formatted(text.reinterpret(TEXT).getString(0, StandardCharsets.UTF_8), status);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("ncclGetErrorString", t);
        }
    }

    /// @return as 22703 for 2.27.3
    public int version() {
        return getInt("ncclGetVersion", out -> (int) version.invokeExact(out));
    }

    /// @return a name for a new world, made by one rank and told to all
    public byte[] newId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ID_BYTES);
            check("ncclGetUniqueId", () -> (int) uniqueId.invokeExact(out));
            return out.toArray(JAVA_BYTE);
        }
    }

    /// Joins a world; returns when all ranks have.
    ///
    /// @param id of [#newId], the same on all ranks
    /// @return a handle, until [#destroy] or [#abort]
    public long join(byte[] id, int rank, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(ID).copyFrom(MemorySegment.ofArray(id));
            return getLong("ncclCommInitRank", out -> (int) initialise.invokeExact(out, size, name, rank));
        }
    }

    /// Leaves a world whose work is done.
    public void destroy(long world) {
        check("ncclCommDestroy", () -> (int) destroy.invokeExact(world));
    }

    /// Leaves a world whose work may never be done, because a rank is lost: what waits for it is given up.
    public void abort(long world) {
        int _ = status(() -> (int) abort.invokeExact(world));
    }

    /// Enqueues the reduction of values over all ranks, in place.
    public void allReduce(long world, long device, long count, Type type, Reduction reduction, long stream) {
        check("ncclAllReduce", () ->
                (int) allReduce.invokeExact(device, device, count, type.number, reduction.number, world, stream));
    }

    /// Enqueues an exchange: part `r` of `from` goes to rank `r`, and what rank `r` sends arrives in part `r` of
    /// `to`. Ranks know all sizes.
    ///
    /// @param fromOffsets of the parts in floats, one more than ranks, ascending
    /// @param toOffsets the same of `to`
    public void exchange(long world, long from, long[] fromOffsets, long to, long[] toOffsets, long stream) {
        check("ncclGroupStart", () -> (int) groupStart.invokeExact());
        for (int r = 0; r + 1 < fromOffsets.length; r++) {
            int peer = r;
            long sent = fromOffsets[r + 1] - fromOffsets[r];
            long received = toOffsets[r + 1] - toOffsets[r];
            long there = from + fromOffsets[r] * Float.BYTES;
            long here = to + toOffsets[r] * Float.BYTES;
            check("ncclSend", () -> (int) send.invokeExact(there, sent, Type.FLOAT.number, peer, world, stream));
            check("ncclRecv", () -> (int) receive.invokeExact(here, received, Type.FLOAT.number, peer, world, stream));
        }
        check("ncclGroupEnd", () -> (int) groupEnd.invokeExact());
    }
}
