package io.dlrm4j.cuda;

import io.dlrm4j.core.config.CudaConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.RowKind;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.EngineProvider;
import io.dlrm4j.cuda.api.KernelCache;
import io.dlrm4j.cuda.api.LibrarySearch;
import io.dlrm4j.cuda.api.Matrix;
import java.nio.file.Path;

/// Makes the engine `cuda` from the section `cuda` of the configuration.
public final class CudaEngineProvider implements EngineProvider {
    /// For the service loader.
    public CudaEngineProvider() {}

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public Engine create(JobConfig config) {
        CudaConfig cuda = config.getCuda();
        Path cache = cuda.getCache().isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache", "dlrm4j", "cuda")
                : Path.of(cuda.getCache());
        return new CudaEngine(
                LibrarySearch.of(cuda.getPath()),
                new CudaEngine.Options(
                        Math.max(0, cuda.getDevice()),
                        Precision.of(cuda.getPrecision()),
                        cuda.getRows() == RowKind.BFLOAT16 ? Matrix.Type.BF16 : Matrix.Type.FLOAT,
                        config.getModel().getSeed(),
                        cuda.getGraphs()),
                new KernelCache(cache));
    }
}
