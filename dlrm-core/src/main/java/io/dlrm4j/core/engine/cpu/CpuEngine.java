package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.blas.BlasEnvironment;
import io.dlrm4j.core.blas.SelectedProducts;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.nn.Numerics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Computes on this machine's cores: matrix products by oneDNN or ND4J, everything else by vector kernels, on
/// as many threads as it is given.
public final class CpuEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(CpuEngine.class);

    private final Numerics numerics;
    private final String description;
    private final Crew crew;

    /// Takes the fastest that this machine has, and logs what that is.
    ///
    /// @param threads that compute, the caller's included: 1 or more
    public CpuEngine(int threads) {
        this(SelectedProducts.best(), DenseKernels.best(), threads);
    }

    /// @param products matrix products
    /// @param kernels everything else
    /// @param threads that compute, the caller's included: 1 or more
    public CpuEngine(SelectedProducts products, DenseKernels kernels, int threads) {
        this.crew = new Crew(threads);
        this.numerics = new Numerics(products.products(), kernels);
        this.description = products.description() + ", kernels: " + kernels.description()
                + (threads == 1 ? "" : ", threads: " + threads);
        LOG.info("engine cpu: {}; {}", description, BlasEnvironment.prepare());
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public CpuDensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        return new CpuDensePart(shape, maxSamples, rule, numerics, crew, memory);
    }

    @Override
    public CpuEmbeddingTable table(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        return new CpuEmbeddingTable(name, rows, dim, maxSamples, maxIds, rule, memory);
    }

    @Override
    public Crew crew() {
        return crew;
    }

    /// Ends the threads; the libraries stay loaded for the life of the process.
    @Override
    public void close() {
        crew.close();
    }
}
