package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The CUDA driver API: devices, memory, streams, events. Kernels and graphs are in [Launcher].
@SuppressWarnings("restricted") // the module of native access is granted on the command line
public final class Driver extends Status {
    private static final int NOT_READY = 600;
    private static final int NON_BLOCKING = 1;
    private static final int DISABLE_TIMING = 2;
    private static final int PORTABLE = 1;
    private static final int TEXT = 256;
    private static final int UUID_BYTES = 16;

    private final NativeLibrary library;
    private final MethodHandle driverVersion;
    private final MethodHandle deviceCount;
    private final MethodHandle deviceGet;
    private final MethodHandle deviceName;
    private final MethodHandle deviceAttribute;
    private final MethodHandle deviceUuid;
    private final MethodHandle contextRetain;
    private final MethodHandle contextRelease;
    private final MethodHandle contextSet;
    private final MethodHandle memoryInfo;
    private final MethodHandle allocate;
    private final MethodHandle free;
    private final MethodHandle hostAllocate;
    private final MethodHandle hostFree;
    private final MethodHandle hostLock;
    private final MethodHandle hostUnlock;
    private final MethodHandle toDevice;
    private final MethodHandle toHost;
    private final MethodHandle onDevice;
    private final MethodHandle fill;
    private final MethodHandle streamCreate;
    private final MethodHandle streamDestroy;
    private final MethodHandle streamSynchronize;
    private final MethodHandle streamWait;
    private final MethodHandle eventCreate;
    private final MethodHandle eventDestroy;
    private final MethodHandle eventRecord;
    private final MethodHandle eventQuery;
    private final MethodHandle eventElapsed;
    private final MethodHandle errorName;
    private final MethodHandle errorString;

    /// What a question about a device is about, by the driver's numbers.
    public enum Attribute {
        /// Multiprocessors.
        MULTIPROCESSORS(16),
        /// Compute capability, its first number.
        MAJOR(75),
        /// Compute capability, its second number.
        MINOR(76),
        /// Bytes of shared memory that a block may ask for.
        SHARED_MEMORY(97);

        private final int number;

        Attribute(int number) {
            this.number = number;
        }
    }

    /// @throws CudaUnavailableException when there is no driver, or none that works
    Driver(LibrarySearch search) {
        library = NativeLibrary.open(search, "cuda", List.of("1"), "install NVIDIA's driver");
        errorName = f("cuGetErrorName", JAVA_INT, ADDRESS);
        errorString = f("cuGetErrorString", JAVA_INT, ADDRESS);
        driverVersion = f("cuDriverGetVersion", ADDRESS);
        deviceCount = f("cuDeviceGetCount", ADDRESS);
        deviceGet = f("cuDeviceGet", ADDRESS, JAVA_INT);
        deviceName = f("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
        deviceAttribute = f("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
        deviceUuid = f("cuDeviceGetUuid_v2", ADDRESS, JAVA_INT);
        contextRetain = f("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        contextRelease = f("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
        contextSet = f("cuCtxSetCurrent", JAVA_LONG);
        memoryInfo = f("cuMemGetInfo_v2", ADDRESS, ADDRESS);
        allocate = f("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
        free = f("cuMemFree_v2", JAVA_LONG);
        hostAllocate = f("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
        hostFree = f("cuMemFreeHost", ADDRESS);
        hostLock = f("cuMemHostRegister_v2", ADDRESS, JAVA_LONG, JAVA_INT);
        hostUnlock = f("cuMemHostUnregister", ADDRESS);
        toDevice = f("cuMemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
        toHost = f("cuMemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        onDevice = f("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        fill = f("cuMemsetD32Async", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
        streamCreate = f("cuStreamCreate", ADDRESS, JAVA_INT);
        streamDestroy = f("cuStreamDestroy_v2", JAVA_LONG);
        streamSynchronize = f("cuStreamSynchronize", JAVA_LONG);
        streamWait = f("cuStreamWaitEvent", JAVA_LONG, JAVA_LONG, JAVA_INT);
        eventCreate = f("cuEventCreate", ADDRESS, JAVA_INT);
        eventDestroy = f("cuEventDestroy_v2", JAVA_LONG);
        eventRecord = f("cuEventRecord", JAVA_LONG, JAVA_LONG);
        eventQuery = f("cuEventQuery", JAVA_LONG);
        eventElapsed = f("cuEventElapsedTime", ADDRESS, JAVA_LONG, JAVA_LONG);
        MethodHandle init = f("cuInit", JAVA_INT);
        int status = status(() -> (int) init.invokeExact(0));
        if (status != 0) {
            throw new CudaUnavailableException("train.engine=cuda: %s finds no card: %s; use --engine cpu here"
                    .formatted(library.file(), meaning(status)));
        }
    }

    private MethodHandle f(String symbol, MemoryLayout... arguments) {
        return library.function(symbol, arguments);
    }

    NativeLibrary library() {
        return library;
    }

    @Override
    String meaning(int status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(ADDRESS);
            MemorySegment text = arena.allocate(ADDRESS);
            if (status(() -> (int) errorName.invokeExact(status, name)) != 0
                    || status(() -> (int) errorString.invokeExact(status, text)) != 0) {
                return "status " + status;
            }
            return "%s (%d): %s".formatted(string(name), status, string(text));
        }
    }

    private static String string(MemorySegment pointer) {
        return pointer.get(ADDRESS, 0).reinterpret(TEXT).getString(0, StandardCharsets.UTF_8);
    }

    /// @return highest CUDA version that the driver knows, as 13000 for 13.0
    public int version() {
        return getInt("cuDriverGetVersion", out -> (int) driverVersion.invokeExact(out));
    }

    /// @return number of cards that this process sees
    public int devices() {
        return getInt("cuDeviceGetCount", out -> (int) deviceCount.invokeExact(out));
    }

    /// @return handle of the card with a number from 0 on
    public int device(int ordinal) {
        return getInt("cuDeviceGet", out -> (int) deviceGet.invokeExact(out, ordinal));
    }

    /// @return name of a card: `NVIDIA H200`
    public String name(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT);
            check("cuDeviceGetName", () -> (int) deviceName.invokeExact(text, TEXT, device));
            return text.getString(0, StandardCharsets.UTF_8);
        }
    }

    /// @return a property of a card
    public int attribute(int device, Attribute which) {
        return getInt("cuDeviceGetAttribute", out -> (int) deviceAttribute.invokeExact(out, which.number, device));
    }

    /// @return 16 bytes that no other card has
    public byte[] uuid(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(UUID_BYTES);
            check("cuDeviceGetUuid", () -> (int) deviceUuid.invokeExact(bytes, device));
            return bytes.toArray(JAVA_BYTE);
        }
    }

    /// @return the primary context of a card, until [#release]
    public long retain(int device) {
        return getLong("cuDevicePrimaryCtxRetain", out -> (int) contextRetain.invokeExact(out, device));
    }

    /// Gives a card's context back.
    public void release(int device) {
        check("cuDevicePrimaryCtxRelease", () -> (int) contextRelease.invokeExact(device));
    }

    /// Makes a context that of the calling thread, which every other call here needs.
    public void use(long context) {
        check("cuCtxSetCurrent", () -> (int) contextSet.invokeExact(context));
    }

    /// @return free bytes of the card, then all of them
    public long[] memory() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment freeBytes = arena.allocate(JAVA_LONG);
            MemorySegment allBytes = arena.allocate(JAVA_LONG);
            check("cuMemGetInfo", () -> (int) memoryInfo.invokeExact(freeBytes, allBytes));
            return new long[] {freeBytes.get(JAVA_LONG, 0), allBytes.get(JAVA_LONG, 0)};
        }
    }

    /// @return device memory, of any content, aligned to 256 bytes, until [#free]
    public long allocate(long bytes) {
        return getLong("cuMemAlloc", out -> (int) allocate.invokeExact(out, bytes));
    }

    /// Frees device memory. Waits for what uses it.
    public void free(long device) {
        check("cuMemFree", () -> (int) free.invokeExact(device));
    }

    /// @return page-locked host memory, of any content, from and to which copies run beside kernels
    public MemorySegment allocateHost(long bytes) {
        long address = getLong("cuMemHostAlloc", out -> (int) hostAllocate.invokeExact(out, bytes, PORTABLE));
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /// Page-locks memory that somebody else owns, until [#unlock].
    ///
    /// @return false where the driver refuses it, for whatever reason: not all memory can be
    public boolean lock(MemorySegment host) {
        return status(() -> (int) hostLock.invokeExact(host, host.byteSize(), PORTABLE)) == 0;
    }

    /// Ends what [#lock] began; the memory must still be there.
    public void unlock(MemorySegment host) {
        check("cuMemHostUnregister", () -> (int) hostUnlock.invokeExact(host));
    }

    /// Frees page-locked host memory.
    public void freeHost(MemorySegment host) {
        check("cuMemFreeHost", () -> (int) hostFree.invokeExact(host));
    }

    /// Enqueues a copy to the card. Page-locked memory must stay as it is until it has run.
    public void toDevice(long device, MemorySegment host, long bytes, long stream) {
        check("cuMemcpyHtoDAsync", () -> (int) toDevice.invokeExact(device, host, bytes, stream));
    }

    /// Enqueues a copy from the card.
    public void toHost(MemorySegment host, long device, long bytes, long stream) {
        check("cuMemcpyDtoHAsync", () -> (int) toHost.invokeExact(host, device, bytes, stream));
    }

    /// Enqueues a copy on the card.
    public void copy(long to, long from, long bytes, long stream) {
        check("cuMemcpyDtoDAsync", () -> (int) onDevice.invokeExact(to, from, bytes, stream));
    }

    /// Enqueues the same 32 bits to be written `words` times.
    public void fill(long device, int word, long words, long stream) {
        check("cuMemsetD32Async", () -> (int) fill.invokeExact(device, word, words, stream));
    }

    /// @return a stream that waits for no other by itself
    public long createStream() {
        return getLong("cuStreamCreate", out -> (int) streamCreate.invokeExact(out, NON_BLOCKING));
    }

    /// Ends a stream once its work is done.
    public void destroyStream(long stream) {
        check("cuStreamDestroy", () -> (int) streamDestroy.invokeExact(stream));
    }

    /// Waits without a deadline until all work of a stream is done; for the end of a program.
    public void synchronize(long stream) {
        check("cuStreamSynchronize", () -> (int) streamSynchronize.invokeExact(stream));
    }

    /// What is enqueued on the stream from now on runs after the event as last recorded.
    public void wait(long stream, long event) {
        check("cuStreamWaitEvent", () -> (int) streamWait.invokeExact(stream, event, 0));
    }

    /// @param timed whether [#milliseconds] may be asked of it
    /// @return an event
    public long createEvent(boolean timed) {
        return getLong("cuEventCreate", out -> (int) eventCreate.invokeExact(out, timed ? 0 : DISABLE_TIMING));
    }

    /// Ends an event.
    public void destroyEvent(long event) {
        check("cuEventDestroy", () -> (int) eventDestroy.invokeExact(event));
    }

    /// Lets an event stand for all that is on the stream so far.
    public void record(long event, long stream) {
        check("cuEventRecord", () -> (int) eventRecord.invokeExact(event, stream));
    }

    /// @return whether all that the event stands for is done
    public boolean done(long event) {
        int status = status(() -> (int) eventQuery.invokeExact(event));
        if (status != NOT_READY) {
            require("cuEventQuery", status);
        }
        return status == 0;
    }

    /// @return milliseconds between two timed events that are done
    public float milliseconds(long start, long end) {
        return Float.intBitsToFloat(
                getInt("cuEventElapsedTime", out -> (int) eventElapsed.invokeExact(out, start, end)));
    }
}
