package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The run-time compiler: CUDA C++ in, machine code for one kind of card out. Needs no card.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
public final class Nvrtc extends Status {
    private static final int TEXT = 256;

    private final MethodHandle versionOf;
    private final MethodHandle create;
    private final MethodHandle compile;
    private final MethodHandle cubinSize;
    private final MethodHandle cubin;
    private final MethodHandle logSize;
    private final MethodHandle log;
    private final MethodHandle destroy;
    private final MethodHandle errorString;

    /// @throws CudaUnavailableException when it is not on this machine
    Nvrtc(LibrarySearch search) {
        NativeLibrary library = NativeLibrary.open(
                search, "nvrtc", List.of("13", "12"), "install the CUDA toolkit, or the Python wheels of CUDA");
        versionOf = library.function("nvrtcVersion", ADDRESS, ADDRESS);
        create = library.function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compile = library.function("nvrtcCompileProgram", JAVA_LONG, JAVA_INT, ADDRESS);
        cubinSize = library.function("nvrtcGetCUBINSize", JAVA_LONG, ADDRESS);
        cubin = library.function("nvrtcGetCUBIN", JAVA_LONG, ADDRESS);
        logSize = library.function("nvrtcGetProgramLogSize", JAVA_LONG, ADDRESS);
        log = library.function("nvrtcGetProgramLog", JAVA_LONG, ADDRESS);
        destroy = library.function("nvrtcDestroyProgram", ADDRESS);
        errorString = library.function("nvrtcGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    }

    @Override
    String meaning(int status) {
        try {
            MemorySegment text = (MemorySegment) errorString.invokeExact(status);
            return text.reinterpret(TEXT).getString(0, StandardCharsets.UTF_8);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("nvrtcGetErrorString", t);
        }
    }

    /// @return as `13.0`
    public String version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            check("nvrtcVersion", () -> (int) versionOf.invokeExact(major, minor));
            return major.get(JAVA_INT, 0) + "." + minor.get(JAVA_INT, 0);
        }
    }

    /// @param source text of the program
    /// @param name as shown in the compiler's messages
    /// @param options as nvcc has them: `--gpu-architecture=sm_90`
    /// @return machine code
    /// @throws CudaException with the compiler's messages
    public byte[] compile(String source, String name, List<String> options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(JAVA_LONG);
            MemorySegment text = arena.allocateFrom(source);
            MemorySegment file = arena.allocateFrom(name);
            check("nvrtcCreateProgram", () ->
                    (int) create.invokeExact(handle, text, file, 0, MemorySegment.NULL, MemorySegment.NULL));
            long program = handle.get(JAVA_LONG, 0);
            try {
                MemorySegment words = arena.allocate(ADDRESS, options.size());
                for (int i = 0; i < options.size(); i++) {
                    words.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
                }
                int status = status(() -> (int) compile.invokeExact(program, options.size(), words));
                if (status != 0) {
                    String messages = new String(fetch(arena, program, logSize, log), StandardCharsets.UTF_8);
                    throw new CudaException("%s: %s%n%s".formatted(name, meaning(status), messages.strip()));
                }
                return fetch(arena, program, cubinSize, cubin);
            } finally {
                check("nvrtcDestroyProgram", () -> (int) destroy.invokeExact(handle));
            }
        }
    }

    private byte[] fetch(Arena arena, long program, MethodHandle size, MethodHandle content) {
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        check("size of NVRTC's result", () -> (int) size.invokeExact(program, bytes));
        MemorySegment out = arena.allocate(bytes.get(JAVA_LONG, 0));
        check("NVRTC's result", () -> (int) content.invokeExact(program, out));
        return out.toArray(JAVA_BYTE);
    }
}
