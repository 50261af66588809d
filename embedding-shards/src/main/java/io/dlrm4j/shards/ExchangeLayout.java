package io.dlrm4j.shards;

import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.data.PooledVectors;
import java.util.Arrays;

/// Where the vectors of the table-wise tables lie on both sides of the exchange, for one batch.
///
/// Drawn for 5 samples on 2 ranks, rank 0 with table B, rank 1 with A and C; each letter is a vector of `d` floats:
///
/// ```
/// owner's side    rank 0  B0 B1 | B2 B3 B4                         [samples, tables here, d], cut by sample
///                 rank 1  A0 C0 A1 C1 | A2 C2 A3 C3 A4 C4
/// sample's side   rank 0  B0 B1 | A0 C0 A1 C1                      [own samples, tables of r, d] for each rank r
///                 rank 1  B2 B3 B4 | A2 C2 A3 C3 A4 C4
/// ```
///
/// So each part is contiguous on both sides, nothing is packed or unpacked, and the owner sees all samples in order.
final class ExchangeLayout {
    private static final int NOBODY = -1;

    private final int rank;
    private final int ranks;
    private final int dim;
    private final int[] owners;
    private final int[] places;
    private final int[] tablesOf;
    private final long[] ownerSide;
    private final long[] sampleSide;
    private int samples;

    ExchangeLayout(ShardingPlan plan, int rank, int dim) {
        this.rank = rank;
        this.ranks = plan.ranks();
        this.dim = dim;
        this.owners = new int[plan.placements().size()];
        this.places = new int[owners.length];
        this.tablesOf = new int[ranks];
        this.ownerSide = new long[ranks + 1];
        this.sampleSide = new long[ranks + 1];
        for (int table = 0; table < owners.length; table++) {
            owners[table] = plan.placements().get(table) instanceof TableWise(int owner) ? owner : NOBODY;
            if (owners[table] != NOBODY) {
                places[table] = tablesOf[owners[table]]++;
            }
        }
    }

    /// Says how many samples the global batch has and where their vectors lie in `pooled`.
    void set(int globalBatch, PooledVectors pooled) {
        samples = globalBatch;
        long ownerVector = (long) tablesOf[rank] * dim * Float.BYTES;
        int here = Partition.size(globalBatch, ranks, rank);
        for (int r = 0; r < ranks; r++) {
            ownerSide[r + 1] = Partition.start(globalBatch, ranks, r + 1) * ownerVector;
            sampleSide[r + 1] = sampleSide[r] + (long) here * tablesOf[r] * dim * Float.BYTES;
        }
        for (int table = 0; table < owners.length; table++) {
            int owner = owners[table];
            if (owner == NOBODY) {
                continue; // exchanged in another way
            }
            long first = sampleSide[owner] / Float.BYTES + (long) places[table] * dim;
            pooled.place(table, first, tablesOf[owner] * dim);
        }
    }

    /// @return whether `table` is table-wise
    boolean isExchanged(int table) {
        return owners[table] != NOBODY;
    }

    /// @return samples of the global batch last set
    int samples() {
        return samples;
    }

    /// @return floats of a sample on each owner
    int[] widths() {
        return Arrays.stream(tablesOf).map(tables -> tables * dim).toArray();
    }

    /// @return number of table-wise tables of this rank
    int tablesHere() {
        return tablesOf[rank];
    }

    /// @return byte offsets of the parts of each rank on the owner's side, `ranks + 1` of them
    long[] ownerSide() {
        return ownerSide;
    }

    /// @return byte offsets of the parts of each rank on the sample's side, `ranks + 1` of them
    long[] sampleSide() {
        return sampleSide;
    }
}
