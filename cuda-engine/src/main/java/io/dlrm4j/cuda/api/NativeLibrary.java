package io.dlrm4j.cuda.api;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/// An opened shared library. It stays open for the life of the process.
@SuppressWarnings("restricted") // the module of native access is granted on the command line
final class NativeLibrary {
    private final String file;
    private final SymbolLookup symbols;

    private NativeLibrary(String file, SymbolLookup symbols) {
        this.file = file;
        this.symbols = symbols;
    }

    /// @param search where to look
    /// @param stem name without `lib` and version
    /// @param versions the known ones, the newest first
    /// @param remedy what to install where there is none
    /// @throws CudaUnavailableException when it is nowhere
    static NativeLibrary open(LibrarySearch search, String stem, List<String> versions, String remedy) {
        List<String> candidates = search.candidates(stem, versions);
        for (String candidate : candidates) {
            try {
                openFirst(candidate, stem);
                return new NativeLibrary(candidate, SymbolLookup.libraryLookup(candidate, Arena.global()));
            } catch (IllegalArgumentException notHere) {
                // the next candidate
            }
        }
        throw new CudaUnavailableException("train.engine=cuda: no lib%s.so.%s here: %s, or name its folder in cuda.path"
                .formatted(stem, versions.getFirst(), remedy));
    }

    /// NVRTC opens its builtins by their bare name, so that a copy outside the loader's folders must be open
    /// already.
    private static void openFirst(String candidate, String stem) {
        Path folder = Path.of(candidate).getParent();
        if (folder != null && stem.equals("nvrtc")) {
            for (String builtins : LibrarySearch.filesIn(folder, "nvrtc-builtins")) {
                SymbolLookup.libraryLookup(builtins, Arena.global());
            }
        }
    }

    /// @return the file that was opened, or the name by which the loader found it
    String file() {
        return file;
    }

    /// @return a function that returns a status; handles and device addresses are `JAVA_LONG`, `ADDRESS` is
    ///     host memory
    MethodHandle function(String symbol, MemoryLayout... arguments) {
        return function(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /// @return a function of any type
    MethodHandle function(String symbol, FunctionDescriptor type) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(symbol)
                                .orElseThrow(() -> new CudaUnavailableException(
                                        "train.engine=cuda: %s has no %s; want CUDA 12 or 13".formatted(file, symbol))),
                        type);
    }
}
