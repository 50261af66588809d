package io.dlrm4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.cuda.api.KernelCache;
import io.dlrm4j.cuda.api.LibrarySearch;
import io.dlrm4j.cuda.api.Matrix;
import io.dlrm4j.testkit.StandIn;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The stand-in for a card around each test: without faults before it, and nothing of the test left on it
/// afterwards.
final class OnStandIn implements BeforeEachCallback, AfterEachCallback {
    private @Nullable StandIn standIn;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        standIn = StandIn.required();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (standIn == null) {
            return; // skipped
        }
        standIn.reset();
        if (context.getExecutionException().isEmpty()) {
            assertThat(standIn.count("bytes")).as("bytes of the card left").isZero();
            assertThat(standIn.count("handles"))
                    .as("streams, events, modules, graphs, locks left")
                    .isZero();
        }
    }

    private StandIn standIn() {
        return Objects.requireNonNull(standIn, "before each test");
    }

    Path folder() {
        return standIn().folder();
    }

    void set(String name, long value) {
        standIn().set(name, value);
    }

    long count(String name) {
        return standIn().count(name);
    }

    /// @return where its libraries are
    LibrarySearch search() {
        return new LibrarySearch(List.of(folder()), folder());
    }

    /// @return the engine on it, with compiled kernels kept beside it
    CudaEngine open(Precision precision) {
        return open(precision, Matrix.Type.FLOAT, 0);
    }

    CudaEngine open(Precision precision, Matrix.Type rows, long seed) {
        CudaEngine.Options options = new CudaEngine.Options(0, precision, rows, seed, true);
        return new CudaEngine(search(), options, new KernelCache(folder().resolve("kernels")));
    }
}
