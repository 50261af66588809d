package io.dlrm4j.core.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What native matrix libraries read from the environment when they are loaded, set by `setenv` of this very process
/// before that: a variable inherited from a shell can halve their speed without a word. A launcher that starts
/// processes with [#variables] spares them the calls.
///
/// | variable | becomes | unless |
/// | --- | --- | --- |
/// | `OMP_NUM_THREADS`, `OPENBLAS_NUM_THREADS` | 1: threads are ours, spinning pools cost more than they give |
/// `-Ddlrm.blas.threads=N` |
/// | `OPENBLAS_CORETYPE` | `SKYLAKEX` where it names a core without AVX-512 and the processor has it |
/// `-Ddlrm.blas.coretype=NAME` |
///
/// An unset `OPENBLAS_CORETYPE` is left alone: the OpenBLAS of this project recognises processors by itself.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
public final class BlasEnvironment {
    private static final String CORE_TYPE = "OPENBLAS_CORETYPE";
    private static final Set<String> CORES_WITH_AVX512 = Set.of("SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS");
    private static final List<String> AVX512 =
            List.of(" avx512f ", " avx512dq ", " avx512bw ", " avx512vl ", " avx512cd ");

    private BlasEnvironment() {}

    /// Applied when this class is initialised, that is once.
    private static final class Applied {
        static final String REPORT = apply();
    }

    /// Makes sure that the variables are set. Must come before the first class of ND4J or oneDNN is touched; every
    /// class of this package that does so calls it.
    ///
    /// @return what was set, for the log: `OMP_NUM_THREADS=1, …`
    /// @throws IllegalArgumentException when `dlrm.blas.threads` is no number of threads
    public static String prepare() {
        threads(System.getProperty("dlrm.blas.threads"));
        return Applied.REPORT;
    }

    /// @param environment the variables that a process would inherit, by name
    /// @return what it should have instead or as well, by name
    /// @throws IllegalArgumentException when `dlrm.blas.threads` is no number of threads
    public static Map<String, String> variables(Map<String, String> environment) {
        String coreType = environment.get(CORE_TYPE);
        return wanted(
                System.getProperty("dlrm.blas.threads"),
                System.getProperty("dlrm.blas.coretype"),
                coreType,
                coreType != null && hasAvx512(cpuInfo()));
    }

    /// @return threads a matrix product may use: 1, or `dlrm.blas.threads`
    /// @throws IllegalArgumentException when `dlrm.blas.threads` is no number of threads
    public static int threads() {
        return Integer.parseInt(threads(System.getProperty("dlrm.blas.threads")));
    }

    private static String threads(@Nullable String property) {
        String count = property == null ? "1" : property;
        if (!count.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException("dlrm.blas.threads=%s, want 1 to 9999".formatted(count));
        }
        return count;
    }

    /// @param threads value of `dlrm.blas.threads`, or null
    /// @param coreType value of `dlrm.blas.coretype`, or null
    /// @param inheritedCoreType value of `OPENBLAS_CORETYPE` so far, or null
    /// @param avx512 whether the processor has what OpenBLAS's SKYLAKEX kernels need
    /// @return the variables to set, by name
    static Map<String, String> wanted(
            @Nullable String threads, @Nullable String coreType, @Nullable String inheritedCoreType, boolean avx512) {
        Map<String, String> wanted = new TreeMap<>();
        String count = threads(threads);
        wanted.put("OMP_NUM_THREADS", count);
        wanted.put("OPENBLAS_NUM_THREADS", count);
        if (coreType != null) {
            wanted.put(CORE_TYPE, coreType);
        } else if (avx512 && inheritedCoreType != null && !inheritedCoreType.isEmpty()) {
            if (!CORES_WITH_AVX512.contains(inheritedCoreType.toUpperCase(Locale.ROOT))) {
                wanted.put(CORE_TYPE, "SKYLAKEX");
            }
        }
        return wanted;
    }

    /// @param cpuInfo lines of Linux's `/proc/cpuinfo`
    /// @return whether the first processor has AVX-512 with all that Skylake-X has of it
    static boolean hasAvx512(List<String> cpuInfo) {
        for (String line : cpuInfo) {
            if (line.startsWith("flags")) {
                String flags = line.replace(':', ' ') + " ";
                return AVX512.stream().allMatch(flags::contains);
            }
        }
        return false;
    }

    private static String apply() {
        Map<String, String> inherited = System.getenv();
        Map<String, String> wanted = variables(inherited);
        Map<String, String> missing = new TreeMap<>(wanted);
        missing.entrySet().removeIf(variable -> variable.getValue().equals(inherited.get(variable.getKey())));
        if (!missing.isEmpty()) {
            SymbolLookup system = Linker.nativeLinker().defaultLookup();
            if (system.find("setenv").isEmpty()) {
                return "environment left as it is: this system has no setenv";
            }
            missing.forEach((name, value) -> set(system, name, value));
        }
        List<String> report = new ArrayList<>();
        wanted.forEach((name, value) -> {
            String before = inherited.get(name);
            report.add(name + "=" + value + (before == null || before.equals(value) ? "" : " instead of " + before));
        });
        return String.join(", ", report);
    }

    private static List<String> cpuInfo() {
        Path file = Path.of("/proc/cpuinfo");
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of(); // then nothing is known of the processor, and the core type is left alone
        }
    }

    private static void set(SymbolLookup system, String name, String value) {
        MethodHandle setenv = Linker.nativeLinker()
                .downcallHandle(
                        system.findOrThrow("setenv"), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int status = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
            if (status != 0) {
                throw new IllegalStateException("setenv %s=%s: status=%d, want 0".formatted(name, value, status));
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("setenv " + name, t);
        }
    }
}
