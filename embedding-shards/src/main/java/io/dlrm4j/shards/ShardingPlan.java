package io.dlrm4j.shards;

import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Where every table lies. Every rank makes the same plan, so none is ever sent.
///
/// @param ranks number of ranks; some may hold nothing
/// @param placements one for each table
public record ShardingPlan(int ranks, List<Placement> placements) {
    public ShardingPlan {
        if (ranks < 1) {
            throw new IllegalArgumentException("sharding plan: ranks=%d, want 1 or more".formatted(ranks));
        }
        placements = List.copyOf(placements);
        for (int table = 0; table < placements.size(); table++) {
            switch (placements.get(table)) {
                case TableWise(int owner) -> requireRank(table, owner, ranks);
                case RowWise(int first, int count) -> {
                    requireRank(table, first, ranks);
                    requireRank(table, first + count - 1, ranks);
                    if (count < 1) {
                        throw new IllegalArgumentException(
                                "sharding plan: rows of table %d on %d ranks, want 1 or more".formatted(table, count));
                    }
                }
                case ColumnWise(List<Integer> owners) -> {
                    for (int owner : owners) {
                        requireRank(table, owner, ranks);
                    }
                }
                case DataParallel() -> {}
            }
        }
    }

    private static void requireRank(int table, int rank, int ranks) {
        if (rank < 0 || rank >= ranks) {
            throw new IllegalArgumentException(
                    "sharding plan: table %d on rank %d, want rank 0 to %d".formatted(table, rank, ranks - 1));
        }
    }

    /// @throws IllegalArgumentException when the plan is not for the tables of `shape`
    public void requireFits(DlrmShape shape) {
        if (placements.size() != shape.tables().size()) {
            throw new IllegalArgumentException("sharding plan: %d tables, want %d, as the model"
                    .formatted(placements.size(), shape.tables().size()));
        }
    }

    /// @return the shards that `rank` holds, by table
    public List<ShardSpec> shardsOf(int rank, DlrmShape shape) {
        requireFits(shape);
        List<ShardSpec> shards = new ArrayList<>();
        for (int table = 0; table < placements.size(); table++) {
            long rows = shape.tables().get(table);
            ShardSpec whole = new ShardSpec(table, 0, rows, 0, shape.embeddingDim());
            ShardSpec none = new ShardSpec(table, rows, 0, 0, shape.embeddingDim());
            ShardSpec shard = switch (placements.get(table)) {
                case TableWise(int owner) -> owner == rank ? whole : none;
                case RowWise rowWise -> rowWise.shard(rank, table, rows, shape.embeddingDim());
                case ColumnWise columnWise -> columnWise.shard(rank, table, rows, shape.embeddingDim());
                case DataParallel() -> whole;
            };
            if (shard.rows() > 0 && shard.columns() > 0) {
                shards.add(shard);
            }
        }
        return shards;
    }

    /// @return for each table the rank that has all of it
    /// @throws IllegalArgumentException when a table is spread in another way, which who asks cannot do
    public List<Integer> owners() {
        List<Integer> owners = new ArrayList<>();
        for (int table = 0; table < placements.size(); table++) {
            if (!(placements.get(table) instanceof TableWise(int owner))) {
                throw new IllegalArgumentException(
                        "table %d is %s, want table-wise with comm.collectives=NCCL; leave it out of sharding or take HOST"
                                .formatted(table, placements.get(table)));
            }
            owners.add(owner);
        }
        return owners;
    }

    /// @return whether all of `table` lies on one rank alone
    boolean isWhole(int table) {
        return placements.get(table) instanceof TableWise;
    }

    /// @return whether every rank has a copy of `table`
    public boolean isCopied(int table) {
        return placements.get(table) instanceof DataParallel;
    }

    /// @return whether `rank` writes its shard of `table` to a checkpoint: of copies one is enough
    public boolean saves(int rank, int table) {
        return switch (placements.get(table)) {
            case TableWise _, RowWise _, ColumnWise _ -> true;
            case DataParallel() -> table % ranks == rank;
        };
    }

    /// @return for each table whether `rank` needs its ids, for all samples of a global batch: to look up rows, and to
    ///     know which ranks send vectors of its own samples
    public boolean[] wantedIds(int rank) {
        boolean[] wanted = new boolean[placements.size()];
        for (int table = 0; table < wanted.length; table++) {
            wanted[table] = switch (placements.get(table)) {
                case TableWise(int owner) -> owner == rank;
                case ColumnWise(List<Integer> owners) -> owners.contains(rank);
                case RowWise _, DataParallel() -> true;
            };
        }
        return wanted;
    }

    /// @return the plan as text: a line for each table, then one for each rank, with weights and optimizer state in MiB
    public String describe(DlrmShape shape, UpdateRule rule) {
        requireFits(shape);
        StringBuilder text = new StringBuilder("%5s %12s %12s  %s".formatted("table", "rows", "MiB", "placement"));
        for (int table = 0; table < placements.size(); table++) {
            long rows = shape.tables().get(table);
            long bytes = new ShardSpec(table, 0, rows, 0, shape.embeddingDim()).bytes(rule);
            text.append(String.format(
                    Locale.ROOT, "%n%5d %,12d %,12.1f  %s", table, rows, mebibytes(bytes), placements.get(table)));
        }
        for (int rank = 0; rank < ranks; rank++) {
            List<ShardSpec> shards = shardsOf(rank, shape);
            long rows = shards.stream().mapToLong(ShardSpec::rows).sum();
            long bytes = shards.stream().mapToLong(shard -> shard.bytes(rule)).sum();
            text.append(String.format(
                    Locale.ROOT,
                    "%nrank %d: %d shards, %,d rows, %,.1f MiB",
                    rank,
                    shards.size(),
                    rows,
                    mebibytes(bytes)));
        }
        return text.toString();
    }

    private static double mebibytes(long bytes) {
        return bytes / 1048576.0;
    }
}
