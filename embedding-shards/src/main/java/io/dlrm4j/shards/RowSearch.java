package io.dlrm4j.shards;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks for values that are no finite numbers among what a batch has touched, one by one, for a message.
///
/// @param batch with the ids of the tables looked at
record RowSearch(Batch batch) {
    /// @param from the first sample to look at, within the global batch
    /// @param samples how many
    /// @param gradients holds that of sample `from + s` at `offset + s * stride`
    /// @return the first gradient of a table's pooled vectors that is no finite number, or null
    @Nullable
    NotFinite gradient(int table, int from, int samples, Floats gradients, long offset, int stride, int dim) {
        for (int s = 0; s < samples; s++) {
            Floats vector = gradients.slice(offset + (long) s * stride, dim);
            long at = vector.firstNotFinite();
            if (at >= 0) {
                int sample = from + s;
                String what = "the gradient of %s of table %d".formatted(rows(table, sample), table);
                return new NotFinite(what, sample, vector.get(at));
            }
        }
        return null;
    }

    private String rows(int table, int sample) {
        Bags bags = batch.bags(table);
        StringBuilder rows = new StringBuilder();
        for (int at = bags.start(sample); at < end(bags, sample); at++) {
            rows.append(rows.isEmpty() ? "" : ", ").append(bags.ids().get(at));
        }
        return (end(bags, sample) - bags.start(sample) == 1 ? "row " : "rows ") + rows;
    }

    private static int end(Bags bags, int sample) {
        return bags.starts() == null ? sample + 1 : bags.start(sample + 1);
    }

    /// @return the first row of the batch that is no finite number, weights before state, or null
    @Nullable
    NotFinite row(List<Shard> shards) {
        for (Shard shard : shards) {
            for (int sample = 0; sample < batch.globalSize(); sample++) {
                NotFinite found = row(shard, sample);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /// @return the first of a sample's rows that is no finite number, or null
    @Nullable
    NotFinite row(Shard shard, int sample) {
        EmbeddingTable table = shard.rows();
        Bags bags = batch.bags(shard.spec().table());
        try (OffHeap memory = OffHeap.unlimited("a row to look at")) {
            Floats weights = memory.floats("weights", table.dim());
            Floats state = memory.floats("state", table.stateWidth());
            for (int k = bags.start(sample); k < end(bags, sample); k++) {
                int row = bags.ids().get(k);
                long here = row - shard.spec().firstRow();
                if (here < 0 || here >= table.rows()) {
                    continue; // another rank's
                }
                table.readWeights(here, 1, weights);
                table.readState(here, 1, state);
                long inWeights = weights.firstNotFinite();
                long inState = state.firstNotFinite();
                if (inWeights >= 0 || inState >= 0) {
                    String of = "row %d of table %d".formatted(row, shard.spec().table());
                    return inWeights >= 0
                            ? new NotFinite(of, sample, weights.get(inWeights))
                            : new NotFinite("the optimizer state of " + of, sample, state.get(inState));
                }
            }
        }
        return null;
    }
}
