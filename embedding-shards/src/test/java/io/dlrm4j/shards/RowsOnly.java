package io.dlrm4j.shards;

import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.cpu.CpuEmbeddingTable;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;

/// The table half of the cpu engine, without matrix products to load.
final class RowsOnly implements Engine {
    private final Crew crew = new Crew(1);

    @Override
    public String name() {
        return "rows";
    }

    @Override
    public String description() {
        return "embedding rows alone";
    }

    @Override
    public DensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        throw new UnsupportedOperationException("rows alone");
    }

    @Override
    public EmbeddingTable table(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        return new CpuEmbeddingTable(name, rows, dim, maxSamples, maxIds, rule, memory);
    }

    @Override
    public Crew crew() {
        return crew;
    }

    @Override
    public void close() {}
}
