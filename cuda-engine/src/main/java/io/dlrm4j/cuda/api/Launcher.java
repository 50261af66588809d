package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The CUDA driver API: modules, kernels, graphs.
public final class Launcher {
    private static final int MAX_DYNAMIC_SHARED = 8;
    private static final int CAPTURE_THREAD_LOCAL = 1;

    /// Above this a kernel must be told how much shared memory it may take.
    private static final int SHARED_WITHOUT_ASKING = 48 << 10;

    private final Driver driver;
    private final MethodHandle moduleLoad;
    private final MethodHandle moduleUnload;
    private final MethodHandle moduleFunction;
    private final MethodHandle functionSet;
    private final MethodHandle occupancy;
    private final MethodHandle launchKernel;
    private final MethodHandle captureBegin;
    private final MethodHandle captureEnd;
    private final MethodHandle instantiate;
    private final MethodHandle launchGraph;
    private final MethodHandle graphDestroy;
    private final MethodHandle executableDestroy;

    Launcher(Driver driver) {
        this.driver = driver;
        NativeLibrary library = driver.library();
        moduleLoad = library.function("cuModuleLoadData", ADDRESS, ADDRESS);
        moduleUnload = library.function("cuModuleUnload", JAVA_LONG);
        moduleFunction = library.function("cuModuleGetFunction", ADDRESS, JAVA_LONG, ADDRESS);
        functionSet = library.function("cuFuncSetAttribute", JAVA_LONG, JAVA_INT, JAVA_INT);
        occupancy = library.function(
                "cuOccupancyMaxActiveBlocksPerMultiprocessor", ADDRESS, JAVA_LONG, JAVA_INT, JAVA_LONG);
        launchKernel = library.function(
                "cuLaunchKernel",
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                ADDRESS,
                ADDRESS);
        captureBegin = library.function("cuStreamBeginCapture_v2", JAVA_LONG, JAVA_INT);
        captureEnd = library.function("cuStreamEndCapture", JAVA_LONG, ADDRESS);
        instantiate = library.function("cuGraphInstantiateWithFlags", ADDRESS, JAVA_LONG, JAVA_LONG);
        launchGraph = library.function("cuGraphLaunch", JAVA_LONG, JAVA_LONG);
        graphDestroy = library.function("cuGraphDestroy", JAVA_LONG);
        executableDestroy = library.function("cuGraphExecDestroy", JAVA_LONG);
    }

    /// @param cubin machine code as [Nvrtc] gives it
    /// @return a loaded module, until [#unload]
    public long load(byte[] cubin) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment image = arena.allocate(cubin.length, 16).copyFrom(MemorySegment.ofArray(cubin));
            return driver.getLong("cuModuleLoadData", out -> (int) moduleLoad.invokeExact(out, image));
        }
    }

    /// Unloads a module.
    public void unload(long module) {
        driver.check("cuModuleUnload", () -> (int) moduleUnload.invokeExact(module));
    }

    /// @return a kernel of a module
    public long function(long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            return driver.getLong(
                    "cuModuleGetFunction " + name, out -> (int) moduleFunction.invokeExact(out, module, text));
        }
    }

    /// Lets a kernel take that much dynamic shared memory.
    ///
    /// @return blocks of it that run at once on one multiprocessor
    public int occupancy(long function, int threads, int sharedBytes) {
        if (sharedBytes > SHARED_WITHOUT_ASKING) {
            driver.check("cuFuncSetAttribute", () ->
                    (int) functionSet.invokeExact(function, MAX_DYNAMIC_SHARED, sharedBytes));
        }
        return driver.getInt("cuOccupancyMaxActiveBlocksPerMultiprocessor", out ->
                (int) occupancy.invokeExact(out, function, threads, (long) sharedBytes));
    }

    /// Enqueues a kernel.
    ///
    /// @param arguments pointers to the arguments' values, in the kernel's order
    public void launch(
            long function,
            int gridX,
            int gridY,
            int blockX,
            int blockY,
            int shared,
            long stream,
            MemorySegment arguments) {
        driver.check("cuLaunchKernel", () -> (int) launchKernel.invokeExact(
                function, gridX, gridY, 1, blockX, blockY, 1, shared, stream, arguments, MemorySegment.NULL));
    }

    /// Records what `work` enqueues on the stream, and on streams forked from it and joined again, instead of
    /// running it.
    ///
    /// @return a graph ready to be launched, until [#destroy]
    public long capture(long stream, Runnable work) {
        driver.check("cuStreamBeginCapture", () -> (int) captureBegin.invokeExact(stream, CAPTURE_THREAD_LOCAL));
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            try (Arena arena = Arena.ofConfined()) { // so that the stream can be used again; what failed is known
                MemorySegment graph = arena.allocate(JAVA_LONG);
                int status = Status.status(() -> (int) captureEnd.invokeExact(stream, graph));
                long unfinished = graph.get(JAVA_LONG, 0);
                if (status == 0 && unfinished != 0) {
                    int _ = Status.status(() -> (int) graphDestroy.invokeExact(unfinished));
                }
            }
            throw e;
        }
        long graph = driver.getLong("cuStreamEndCapture", out -> (int) captureEnd.invokeExact(stream, out));
        try {
            return driver.getLong("cuGraphInstantiate", out -> (int) instantiate.invokeExact(out, graph, 0L));
        } finally {
            driver.check("cuGraphDestroy", () -> (int) graphDestroy.invokeExact(graph));
        }
    }

    /// Enqueues a graph.
    public void launch(long graph, long stream) {
        driver.check("cuGraphLaunch", () -> (int) launchGraph.invokeExact(graph, stream));
    }

    /// Ends a graph.
    public void destroy(long graph) {
        driver.check("cuGraphExecDestroy", () -> (int) executableDestroy.invokeExact(graph));
    }
}
