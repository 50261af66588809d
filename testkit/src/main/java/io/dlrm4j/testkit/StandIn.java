package io.dlrm4j.testkit;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assumptions;

/// A stand-in for a graphics card and its libraries, for tests on machines without one: libcuda, NVRTC,
/// cuBLASLt and NCCL as one library, built with g++. Kernels are compiled for the host; work runs when it is
/// waited for, in a random order that streams and events allow. Says nothing about speed, nor about what the real
/// libraries round or refuse.
///
/// There is one in a process; [#reset] between tests.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
public final class StandIn {
    private static final List<String> SOURCES =
            List.of("emulate.h", "queue.h", "module.h", "driver.cpp", "compiler.cpp", "products.cpp", "ranks.cpp");
    private static final List<String> NAMES =
            List.of("libcuda.so.1", "libnvrtc.so.13", "libcublasLt.so.13", "libnccl.so.2");
    private static final List<String> FAULTS =
            List.of("drop_wait", "no_fusion", "no_mask", "no_locking", "broken_algorithm");
    /// How kernels are compiled for the host; `emulate.h` is compiled ahead for these flags.
    private static final List<String> KERNEL_FLAGS =
            List.of("-std=c++17", "-O1", "-w", "-fno-strict-aliasing", "-fPIC");

    private static final int COMPILE_SECONDS = 300;

    private final Path folder;
    private final MethodHandle set;
    private final MethodHandle count;
    private final MethodHandle scratch;

    private StandIn(Path folder) {
        this.folder = folder;
        SymbolLookup library =
                SymbolLookup.libraryLookup(folder.resolve(NAMES.getFirst()).toAbsolutePath(), Arena.global());
        set = Linker.nativeLinker()
                .downcallHandle(library.findOrThrow("standin_set"), FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        count = Linker.nativeLinker()
                .downcallHandle(library.findOrThrow("standin_count"), FunctionDescriptor.of(JAVA_LONG, ADDRESS));
        scratch = Linker.nativeLinker()
                .downcallHandle(library.findOrThrow("standin_scratch"), FunctionDescriptor.ofVoid(ADDRESS));
    }

    /// Skips the test where there is no g++.
    ///
    /// @return the stand-in, built unless that was done before
    public static StandIn required() throws IOException, InterruptedException {
        Assumptions.assumeTrue(hasCompiler(), "no g++ on this machine");
        return open(home());
    }

    /// @param home folder in which the stand-in is built, unless that was done before
    /// @return the stand-in, without faults
    /// @throws IOException with what g++ says, when it fails
    public static StandIn open(Path home) throws IOException, InterruptedException {
        StandIn standIn = new StandIn(built(home));
        standIn.reset();
        return standIn;
    }

    /// Skips the test where there is no g++.
    ///
    /// @return a folder with `emulate.h`, also compiled ahead for [#kernelFlags]
    public static Path headers() throws IOException, InterruptedException {
        Assumptions.assumeTrue(hasCompiler(), "no g++ on this machine");
        return built(home());
    }

    /// @return flags of g++ for kernels
    public static List<String> kernelFlags() {
        return KERNEL_FLAGS;
    }

    /// The folder that all modules of a build share.
    private static Path home() {
        return Path.of(System.getProperty("standin.dir", "target"));
    }

    /// A folder named by the content of the sources, so that it never is out of date. Processes that want it at
    /// the same time wait for the one that builds.
    private static Path built(Path home) throws IOException, InterruptedException {
        Map<String, byte[]> sources = new TreeMap<>();
        CRC32 sum = new CRC32();
        for (String name : SOURCES) {
            try (InputStream source = StandIn.class.getResourceAsStream("standin/" + name)) {
                if (source == null) {
                    throw new IOException("class path: no io/dlrm4j/testkit/standin/" + name);
                }
                byte[] content = source.readAllBytes();
                sources.put(name, content);
                sum.update(content);
            }
        }
        Path folder =
                Files.createDirectories(home.toAbsolutePath().resolve("standin-" + Long.toHexString(sum.getValue())));
        synchronized (StandIn.class) {
            try (FileChannel lock = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = lock.lock()) {
                if (!Files.exists(folder.resolve(NAMES.getLast()))) {
                    build(folder, sources);
                }
            }
        }
        return folder;
    }

    private static void build(Path folder, Map<String, byte[]> sources) throws IOException, InterruptedException {
        for (Map.Entry<String, byte[]> source : sources.entrySet()) {
            Files.write(folder.resolve(source.getKey()), source.getValue());
        }
        List<Compilation> parts = new ArrayList<>();
        List<String> link = new ArrayList<>(
                List.of("-shared", "-o", folder.resolve("libstandin.so").toString()));
        List<String> header = new ArrayList<>(KERNEL_FLAGS);
        header.addAll(List.of("-x", "c++-header", file(folder, "emulate.h"), "-o", file(folder, "emulate.h.gch")));
        parts.add(Compilation.start(header));
        for (String name : SOURCES) {
            if (name.endsWith(".cpp")) {
                List<String> part = new ArrayList<>(List.of("-std=c++17", "-O1", "-fPIC", "-c", file(folder, name)));
                part.add("-DSTANDIN_HOME=\"" + folder + "\"");
                part.add("-DSTANDIN_FLAGS=\"" + String.join(" ", KERNEL_FLAGS) + "\"");
                part.addAll(List.of("-o", file(folder, name + ".o")));
                parts.add(Compilation.start(part));
                link.add(file(folder, name + ".o"));
            }
        }
        for (Compilation part : parts) {
            part.await();
        }
        link.add("-ldl");
        compile(link);
        for (String name : NAMES) {
            Path alias = folder.resolve(name);
            Files.deleteIfExists(alias);
            Files.createSymbolicLink(alias, Path.of("libstandin.so"));
        }
    }

    private static String file(Path folder, String name) {
        return folder.resolve(name).toString();
    }

    private static boolean hasCompiler() throws InterruptedException {
        try {
            Process version = new ProcessBuilder("g++", "--version")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return version.waitFor() == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    /// Runs g++.
    ///
    /// @throws IOException with what it says, when it fails
    public static void compile(List<String> arguments) throws IOException, InterruptedException {
        Compilation.start(arguments).await();
    }

    /// A run of g++.
    private record Compilation(Process process, List<String> command, Path log) {
        static Compilation start(List<String> arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of("g++"));
            command.addAll(arguments);
            Path log = Files.createTempFile("g++", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().put("TMPDIR", System.getProperty("java.io.tmpdir"));
            return new Compilation(builder.start(), command, log);
        }

        void await() throws IOException, InterruptedException {
            try {
                if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    process.destroyForcibly();
                    throw new IOException(String.join(" ", command) + "\n" + Files.readString(log));
                }
            } finally {
                Files.delete(log);
            }
        }
    }

    /// @return the folder that holds the three libraries
    public Path folder() {
        return folder;
    }

    /// @param name as explained in `driver.cpp`: `seed`, `devices`, …
    public void set(String name, long value) {
        try (Arena arena = Arena.ofConfined()) {
            set.invokeExact(arena.allocateFrom(name), value);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("standin_set", t);
        }
    }

    /// @param name as explained in `driver.cpp`: `bytes`, `handles`, …
    public long count(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) count.invokeExact(arena.allocateFrom(name));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("standin_count", t);
        }
    }

    private void compileIn(String folder) {
        try (Arena arena = Arena.ofConfined()) {
            scratch.invokeExact(arena.allocateFrom(folder));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("standin_scratch", t);
        }
    }

    /// Makes it one card of capability 9.0 without faults, its order of work from seed 1.
    public void reset() {
        FAULTS.forEach(name -> set(name, 0));
        set("algorithms", 1);
        set("fastest_algorithm", 1);
        set("devices", 1);
        set("capability", 90);
        set("seed", 1);
        compileIn(System.getProperty("java.io.tmpdir"));
    }
}
