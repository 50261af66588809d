package io.dlrm4j.core.blas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/// The function `dnnl_sgemm` of the library in the artifact `org.bytedeco:dnnl`, loaded once for the life of the
/// process. The artifact's Java classes are not used: they want OpenCL.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
final class OneDnnLibrary {
    /// `int dnnl_sgemm(char ta, char tb, i64 m, i64 n, i64 k, float alpha, a, i64 lda, b, i64 ldb, float beta, c, i64
    /// ldc)`
    private static final FunctionDescriptor TYPE = FunctionDescriptor.of(
            JAVA_INT,
            JAVA_BYTE,
            JAVA_BYTE,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            JAVA_FLOAT,
            ADDRESS,
            JAVA_LONG);

    /// The function, or null where it could not be loaded; final, so that the compiler can call it directly.
    static final @Nullable MethodHandle SGEMM;

    /// Why there is no function; empty where there is one.
    static final String WHY_NOT;

    static {
        MethodHandle found = null;
        String whyNot = "";
        BlasEnvironment.prepare();
        try {
            found = load();
        } catch (IOException | IllegalArgumentException | UnsatisfiedLinkError e) {
            whyNot = "no oneDNN for %s: %s".formatted(Loader.getPlatform(), e.getMessage());
        }
        SGEMM = found;
        WHY_NOT = whyNot;
    }

    private OneDnnLibrary() {}

    /// @return threads that a product called by this thread may use
    /// @throws IOException when the library is not there
    static int threads() throws IOException {
        MethodHandle threads = Linker.nativeLinker()
                .downcallHandle(openMp().findOrThrow("omp_get_max_threads"), FunctionDescriptor.of(JAVA_INT));
        try {
            return (int) threads.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("omp_get_max_threads", t);
        }
    }

    private static MethodHandle load() throws IOException {
        openMp(); // first, so that it is found beside the library
        SymbolLookup library = SymbolLookup.libraryLookup(extract("libdnnl.so.3"), Arena.global());
        return Linker.nativeLinker().downcallHandle(library.findOrThrow("dnnl_sgemm"), TYPE);
    }

    private static SymbolLookup openMp() throws IOException {
        return SymbolLookup.libraryLookup(extract("libgomp.so.1"), Arena.global());
    }

    private static Path extract(String name) throws IOException {
        String resource = "/org/bytedeco/dnnl/" + Loader.getPlatform() + "/" + name;
        var file = Loader.cacheResource(OneDnnLibrary.class, resource);
        if (file == null) {
            throw new IOException("the class path has no " + resource);
        }
        return file.toPath();
    }
}
