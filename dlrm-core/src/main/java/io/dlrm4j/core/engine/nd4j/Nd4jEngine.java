package io.dlrm4j.core.engine.nd4j;

import io.dlrm4j.core.blas.Nd4jLibrary;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import org.nd4j.linalg.factory.Nd4j;

/// Computes by INDArray operations alone, so on every device that an ND4J backend on the class path supports. Made for
/// portability and as a second opinion on the `cpu` engine; it copies at every door and is several times slower.
public final class Nd4jEngine implements Engine {
    private final String description;
    private final Crew crew = new Crew(1);

    /// Loads the ND4J backend that is on the class path.
    public Nd4jEngine() {
        String environment = Nd4jLibrary.load();
        this.description = "INDArray operations on ND4J backend %s, BLAS %s; %s"
                .formatted(
                        Nd4j.getBackend().getClass().getSimpleName(),
                        Nd4j.factory().blas().getBlasVendor(),
                        environment);
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public DensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        return new Nd4jDensePart(shape, maxSamples, rule, memory);
    }

    @Override
    public EmbeddingTable table(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        return new Nd4jEmbeddingTable(name, rows, dim, rule);
    }

    @Override
    public Crew crew() {
        return crew;
    }

    /// Gives back the scratch memory of the calling thread.
    @Override
    public void close() {
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    }
}
