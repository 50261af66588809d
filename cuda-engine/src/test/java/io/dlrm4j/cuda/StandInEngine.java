package io.dlrm4j.cuda;

import io.dlrm4j.cuda.api.KernelCache;
import io.dlrm4j.cuda.api.LibrarySearch;
import io.dlrm4j.cuda.api.Matrix;
import io.dlrm4j.testkit.StandIn;
import java.util.List;

/// The engine on the stand-in, with compiled kernels kept beside it.
final class StandInEngine {
    private StandInEngine() {}

    static CudaEngine open(StandIn standIn, Precision precision) {
        return open(standIn, precision, Matrix.Type.FLOAT, 0);
    }

    static CudaEngine open(StandIn standIn, Precision precision, Matrix.Type rows, long seed) {
        return new CudaEngine(
                new LibrarySearch(List.of(standIn.folder()), standIn.folder()),
                new CudaEngine.Options(0, precision, rows, seed),
                new KernelCache(standIn.folder().resolve("kernels")));
    }
}
