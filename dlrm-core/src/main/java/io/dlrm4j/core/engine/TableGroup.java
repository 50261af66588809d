package io.dlrm4j.core.engine;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.memory.Floats;

/// Tables of one engine that are looked up and moved together, from an engine that is faster so than table by
/// table: a graphics card. The vector of sample `s` in the `k`-th of `T` tables lies at `(s * T + k) * dim`,
/// which is how ranks exchange it. Tables stay as they are otherwise; one thread.
public interface TableGroup extends AutoCloseable {
    /// Writes the pooled vectors of all samples, as [EmbeddingTable#pool] does table by table.
    ///
    /// @param bags of each table, in the order of the group, of equally many samples
    /// @param out receives the vectors, `[samples, tables, dim]`; memory that outlives the group, best the same
    ///     each time
    /// @throws IllegalArgumentException when an id is outside of its table
    void pool(Bags[] bags, Floats out);

    /// Moves the rows that were looked up, as [EmbeddingTable#update] does table by table. May return before
    /// they have moved; whoever reads rows afterwards sees them moved.
    ///
    /// @param bags as last given to [#pool]
    /// @param gradients of the vectors, in the same places; unchanged until the next [#pool] has returned
    /// @return whether all that was written is finite; an engine whose next loss tells says true
    boolean update(Bags[] bags, Floats gradients, float learningRate);

    @Override
    void close();
}
