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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assumptions;

/// A stand-in for a graphics card and its libraries, for tests on machines without one: libcuda, NVRTC and
/// cuBLASLt as one library, built with g++. Kernels are compiled for the host; work runs when it is waited
/// for, in a random order that streams and events allow. Says nothing about speed, nor about what the real
/// libraries round or refuse.
///
/// There is one in a process; [#reset] between tests.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
public final class StandIn {
    private static final List<String> SOURCES =
            List.of("emulate.h", "queue.h", "module.h", "driver.cpp", "compiler.cpp", "products.cpp");
    private static final List<String> NAMES = List.of("libcuda.so.1", "libnvrtc.so.13", "libcublasLt.so.13");
    private static final List<String> SETTINGS = List.of("devices", "capability", "drop_wait", "no_fusion", "no_mask");
    private static final int COMPILE_SECONDS = 300;

    private final Path folder;
    private final MethodHandle set;
    private final MethodHandle count;

    private StandIn(Path folder) {
        this.folder = folder;
        SymbolLookup library =
                SymbolLookup.libraryLookup(folder.resolve(NAMES.getFirst()).toAbsolutePath(), Arena.global());
        set = Linker.nativeLinker()
                .downcallHandle(library.findOrThrow("standin_set"), FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        count = Linker.nativeLinker()
                .downcallHandle(library.findOrThrow("standin_count"), FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    }

    /// Skips the test where there is no g++.
    ///
    /// @return the stand-in, built under `target` unless that was done before
    public static StandIn required() throws IOException, InterruptedException {
        Path folder = sources();
        if (!Files.exists(folder.resolve(NAMES.getFirst()))) {
            Path library = folder.resolve("new.so");
            List<String> command = new ArrayList<>(List.of("-std=c++17", "-O1", "-fPIC", "-shared"));
            command.add("-DSTANDIN_HOME=\"" + folder.toAbsolutePath() + "\"");
            SOURCES.stream()
                    .filter(name -> name.endsWith(".cpp"))
                    .forEach(name -> command.add(folder.resolve(name).toString()));
            command.addAll(List.of("-o", library.toString(), "-ldl"));
            compile(command);
            Path all = folder.resolve("libstandin.so");
            Files.move(library, all, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            for (String name : NAMES.reversed()) {
                Files.createSymbolicLink(folder.resolve(name), all.getFileName());
            }
        }
        StandIn standIn = new StandIn(folder);
        standIn.reset();
        return standIn;
    }

    /// Skips the test where there is no g++.
    ///
    /// @return a folder with the sources, `emulate.h` among them, named by their content
    public static Path sources() throws IOException, InterruptedException {
        Assumptions.assumeTrue(hasCompiler(), "no g++ on this machine");
        List<byte[]> contents = new ArrayList<>();
        CRC32 sum = new CRC32();
        for (String name : SOURCES) {
            try (InputStream source = StandIn.class.getResourceAsStream("standin/" + name)) {
                if (source == null) {
                    throw new IOException("class path: no io/dlrm4j/testkit/standin/" + name);
                }
                contents.add(source.readAllBytes());
                sum.update(contents.getLast());
            }
        }
        Path folder = Files.createDirectories(Path.of("target", "standin-" + Long.toHexString(sum.getValue())));
        for (int i = 0; i < SOURCES.size(); i++) {
            Path file = folder.resolve(SOURCES.get(i));
            if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), contents.get(i))) {
                Files.write(file, contents.get(i));
            }
        }
        return folder;
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
        List<String> command = new ArrayList<>(List.of("g++"));
        command.addAll(arguments);
        Path log = Files.createTempFile("g++", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + "\n" + Files.readString(log));
            }
        } finally {
            Files.delete(log);
        }
    }

    /// @return the folder that holds the three libraries
    public Path folder() {
        return folder;
    }

    /// @param name as explained in `driver.cpp`: `seed`, `devices`, `capability`, `drop_wait`, `no_fusion`,
    ///     `no_mask`
    public void set(String name, long value) {
        try (Arena arena = Arena.ofConfined()) {
            set.invokeExact(arena.allocateFrom(name), value);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("standin_set", t);
        }
    }

    /// @param name `bytes` allocated, `handles` open, or `waits` for events so far
    public long count(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) count.invokeExact(arena.allocateFrom(name));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("standin_count", t);
        }
    }

    /// Makes it one card of capability 9.0 without faults, its order of work from seed 1.
    public void reset() {
        SETTINGS.forEach(name -> set(name, 0));
        set("devices", 1);
        set("capability", 90);
        set("seed", 1);
    }
}
