package io.dlrm4j.cuda;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Peers;
import io.dlrm4j.core.engine.TableGroup;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.api.CudaLibraries;
import io.dlrm4j.cuda.api.CudaUnavailableException;
import io.dlrm4j.cuda.api.KernelCache;
import io.dlrm4j.cuda.api.LibrarySearch;
import io.dlrm4j.cuda.api.Matrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Computes on one NVIDIA card.
public final class CudaEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(CudaEngine.class);

    private final LibrarySearch search;
    private final Card card;
    private final Options options;
    private final Storage storage;
    private final KernelCache cache;
    private final Map<Kernels.Shape, Kernels> kernels = new HashMap<>();
    private final Crew crew = new Crew(1);
    private final String description;

    /// What a job may choose.
    ///
    /// @param device number of the card, modulo the cards there are
    /// @param precision how activations are stored and matrices multiplied
    /// @param rows how rows of tables are stored
    /// @param seed of the random numbers by which bfloat16 rows are rounded
    /// @param graphs whether the step of one rank is one graph, or enqueued call by call
    record Options(int device, Precision precision, Matrix.Type rows, long seed, boolean graphs) {}

    /// @param search where NVIDIA's libraries may lie
    /// @param cache where compiled kernels are kept
    /// @throws CudaUnavailableException when a library or a card is missing, or the card is too old
    CudaEngine(LibrarySearch search, Options options, KernelCache cache) {
        this.search = search;
        CudaLibraries libraries = CudaLibraries.open(search);
        this.card = new Card(libraries, options.device(), cache.folder());
        this.options = options;
        this.storage = new Storage(options.precision().activations(), options.rows());
        this.cache = cache;
        this.description = "%s, %s%s, driver for CUDA %d.%d, NVRTC %s, cuBLASLt %d"
                .formatted(
                        card.description(),
                        options.precision(),
                        options.rows() == Matrix.Type.BF16 ? " with bfloat16 rows" : "",
                        libraries.driver().version() / 1000,
                        libraries.driver().version() % 1000 / 10,
                        libraries.compiler().version(),
                        libraries.products().version());
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        return description;
    }

    private Kernels kernels(Kernels.Shape shape) {
        return kernels.computeIfAbsent(shape, wanted -> new Kernels(card, cache, wanted));
    }

    @Override
    public CudaDensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        if (rule.kind() == OptimizerKind.ROW_WISE_ADAGRAD) {
            throw new IllegalArgumentException(
                    "optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD; the row-wise form is for tables");
        }
        ParameterLayout layout = new ParameterLayout(shape);
        Kernels.Shape compiledFor = Kernels.Shape.of(shape, layout.head().in(), storage);
        return new CudaDensePart(
                card, kernels(compiledFor), options.precision(), shape, layout, maxSamples, rule, memory);
    }

    /// Kernels for rows alone: any that are compiled for rows like these will do.
    private Kernels kernelsOfRows(int dim) {
        return kernels.values().stream()
                .filter(compiled -> compiled.shape().dim() == dim)
                .findFirst()
                .orElseGet(() -> kernels(Kernels.Shape.ofRows(dim, storage)));
    }

    @Override
    public CudaEmbeddingTable table(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        Kernels.Shape alone = Kernels.Shape.ofRows(dim, storage);
        DeviceRows onCard = new DeviceRows(card, name, rows, dim, rule.kind(), options.rows(), keyOf(name));
        return new CudaEmbeddingTable(card, () -> kernelsOfRows(dim), alone, onCard, maxSamples, maxIds, rule);
    }

    @Override
    public TableGroup tableGroup(List<EmbeddingTable> tables, OffHeap memory) {
        List<CudaEmbeddingTable> own = own(tables);
        int dim = own.getFirst().dim();
        return new CudaTables(card, kernelsOfRows(dim), Kernels.Shape.ofRows(dim, storage), own);
    }

    private static List<CudaEmbeddingTable> own(List<EmbeddingTable> tables) {
        List<CudaEmbeddingTable> own = new ArrayList<>();
        tables.forEach(table -> own.add((CudaEmbeddingTable) table));
        return own;
    }

    /// The key of a table's random numbers: each table has its own, whichever rank holds it.
    private long keyOf(String table) {
        return new SplittableRandom(options.seed() * 31 + table.hashCode()).nextLong();
    }

    @Override
    public void atStep(long step) {
        card.atStep(step);
    }

    @Override
    public Crew crew() {
        return crew;
    }

    @Override
    public WholeStep wholeStep(DensePart dense, List<EmbeddingTable> tables, OffHeap memory) {
        return step(dense, tables, null, memory);
    }

    @Override
    public WholeStep wholeStep(DensePart dense, List<EmbeddingTable> tables, Peers peers, OffHeap memory) {
        int dim = ((CudaDensePart) dense).parts().shape().embeddingDim();
        CardWorld world = new CardWorld(card, search, peers, dim);
        LOG.info("rank {}: {} cards joined by NCCL {}", peers.rank(), peers.size(), world.version());
        return step(dense, tables, world, memory);
    }

    private CudaStep step(DensePart dense, List<EmbeddingTable> tables, @Nullable CardWorld world, OffHeap memory) {
        CudaDensePart part = (CudaDensePart) dense;
        DlrmShape shape = part.parts().shape();
        Kernels.Shape compiledFor =
                Kernels.Shape.of(shape, part.parts().layout().head().in(), storage);
        return new CudaStep(card, compiledFor, part, own(tables), world, options.graphs(), memory);
    }

    @Override
    public void close() {
        kernels.values().forEach(Kernels::close);
        card.close();
    }
}
