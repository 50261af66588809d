package io.dlrm4j.trainer.plan;

import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.shards.ColumnWise;
import io.dlrm4j.shards.DataParallel;
import io.dlrm4j.shards.Placement;
import io.dlrm4j.shards.RowWise;
import io.dlrm4j.shards.ShardingPlan;
import io.dlrm4j.shards.TableWise;
import io.dlrm4j.trainer.plan.StepWork.Table;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Finds where tables should lie.
///
/// Tables go, the costliest first, each to the rank with the least to do that has room (Graham 1969). One that no rank
/// has room for is split, and so may be one that alone would make its rank late; small ones may be copied to every
/// rank. Whether the latter two pay is not guessed: each is tried, and the plan of the fastest predicted step wins.
public final class PlacementSearch {
    /// Columns of a run below which rows are split instead: a narrower row uses little of what memory brings.
    private static final int LEAST_COLUMNS = 32;
    /// Of the limit that rows may take; the rest is for MLPs and buffers.
    private static final double ROWS_SHARE = 0.8;
    /// A table is split when it costs so much more than the mean of the ranks.
    private static final double LATE = 1.25;

    private final StepWork work;
    private final Rates rates;
    private final StepModel model;
    private final int perHost;
    private final long limit;

    /// @param threads of a rank that compute
    /// @param perHost ranks of a host
    /// @param limit bytes that a rank may take
    public PlacementSearch(StepWork work, Rates rates, int threads, int perHost, long limit) {
        this.work = work;
        this.rates = rates;
        this.model = new StepModel(work, rates, threads);
        this.perHost = perHost;
        this.limit = limit;
    }

    /// A plan and what is predicted of it.
    ///
    /// @param perHost ranks of a host
    public record Found(ShardingPlan plan, int perHost, Prediction prediction) {}

    /// @return the plan for `ranks` ranks with the fastest step
    /// @throws IllegalArgumentException when no plan fits the memory, saying how many ranks would have room
    public Found find(int ranks) {
        Found best = predicted(place(ranks, false, false));
        if (ranks > 1) {
            for (ShardingPlan plan :
                    List.of(place(ranks, false, true), place(ranks, true, false), place(ranks, true, true))) {
                Found found = predicted(plan);
                best = isBetter(found.prediction(), best.prediction()) ? found : best;
            }
        }
        if (best.prediction().mostMemory() > limit) {
            throw noRoom(ranks, best.prediction().mostMemory());
        }
        return best;
    }

    private Found predicted(ShardingPlan plan) {
        int ofHost = Math.min(perHost, plan.ranks());
        return new Found(plan, ofHost, model.predict(plan, ofHost));
    }

    /// What fits is better than what does not, then what is faster by more than rounding.
    private boolean isBetter(Prediction one, Prediction other) {
        boolean fits = one.mostMemory() <= limit;
        boolean otherFits = other.mostMemory() <= limit;
        return fits == otherFits ? one.seconds() < 0.999 * other.seconds() : fits;
    }

    private IllegalArgumentException noRoom(int ranks, long needed) {
        long rows = work.tables().stream().mapToLong(this::bytes).sum();
        return new IllegalArgumentException(
                "%d ranks: a rank would take %d MiB, want %d MiB or less; rows take %d MiB, so %d ranks or more may do"
                        .formatted(ranks, needed >> 20, limit >> 20, rows >> 20, (long)
                                Math.ceil(rows / (ROWS_SHARE * limit))));
    }

    private long bytes(Table table) {
        long state = switch (work.rule()) {
            case SGD -> 0;
            case ROW_WISE_ADAGRAD -> 1;
            case ADAGRAD -> work.dim();
        };
        return work.weightBytes(table) + table.rows() * state * Float.BYTES;
    }

    private ShardingPlan place(int ranks, boolean split, boolean copy) {
        int count = work.tables().size();
        double[] cost = new double[count];
        double all = 0;
        for (int t = 0; t < count; t++) {
            cost[t] = cost(work.tables().get(t));
            all += cost[t];
        }
        Placement[] placements = new Placement[count];
        double[] load = new double[ranks];
        long[] held = new long[ranks];
        List<Integer> costliestFirst = IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer t) -> -cost[t]))
                .toList();
        for (int t : costliestFirst) {
            Table table = work.tables().get(t);
            if (copy && ranks > 1 && copyPays(table, cost[t], ranks)) {
                placements[t] = new DataParallel();
                for (int rank = 0; rank < ranks; rank++) {
                    held[rank] += bytes(table);
                }
                continue;
            }
            double share = split ? cost[t] / (LATE * all / ranks) : 1;
            int owners = (int) Math.min(ranks, Math.ceil(Math.max(share, bytes(table) / (ROWS_SHARE * limit))));
            Placement placement = owners <= 1 ? whole(t, load, held) : null;
            if (placement == null) {
                placement = spread(table, Math.max(owners, Math.min(2, ranks)), load, held);
            }
            placements[t] = placement;
            take(placement, cost[t], bytes(table), load, held);
        }
        return new ShardingPlan(ranks, List.of(placements));
    }

    /// @return seconds of a step that a table costs whoever has it alone
    private double cost(Table table) {
        double lookups = work.batch() * table.pooling();
        double row = (double) work.dim() * work.weightBytes();
        long bytes = work.weightBytes(table);
        return lookups
                        * (rates.rows().lookup(bytes).at(row)
                                + rates.rows().update(work.rule(), bytes).at(row))
                + 2.0
                        * work.batch()
                        * work.dim()
                        * work.wireBytes()
                        * rates.inHost().perUnit();
    }

    /// A copy costs every rank the sum of the gradients of all rows touched; a whole table costs its owner alone.
    private boolean copyPays(Table table, double cost, int ranks) {
        double sum = 2
                * work.touchedRows(table)
                * work.dim()
                * work.wireBytes()
                * rates.sum().perUnit();
        return sum < cost / ranks && bytes(table) < limit / 100;
    }

    private @Nullable Placement whole(int table, double[] load, long[] held) {
        int best = -1;
        long bytes = bytes(work.tables().get(table));
        for (int rank = 0; rank < load.length; rank++) {
            boolean room = load.length == 1 || held[rank] + bytes <= ROWS_SHARE * limit;
            if (room && (best < 0 || load[rank] < load[best])) {
                best = rank;
            }
        }
        return best < 0 ? null : new TableWise(best);
    }

    /// Splits a table over at least `owners` ranks that have room: over those of one host where they do, else over the
    /// neighbours with the least to do.
    private Placement spread(Table table, int owners, double[] load, long[] held) {
        int ranks = load.length;
        if (ranks > perHost && owners <= perHost) {
            int host = lightest(table, perHost, perHost, load, held);
            if (host >= 0) {
                return new RowWise(host, Math.min(perHost, ranks - host));
            }
        }
        int count = owners;
        int first = lightest(table, count, 1, load, held);
        while (first < 0 && count < ranks) {
            count = Math.min(ranks, 2 * count);
            first = lightest(table, count, 1, load, held);
        }
        int from = Math.max(first, 0); // where none has room the prediction will say so
        if (work.dim() / count >= LEAST_COLUMNS && table.pooling() <= count) {
            return new ColumnWise(IntStream.range(from, from + count).boxed().toList());
        }
        return new RowWise(from, count);
    }

    /// @param step between first ranks
    /// @return the first of `count` neighbours with room for their parts and the least to do, or -1
    private int lightest(Table table, int count, int step, double[] load, long[] held) {
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int first = 0; first < load.length; first += step) {
            int end = Math.min(first + count, load.length);
            if (end - first < count && step == 1) {
                break;
            }
            double sum = 0;
            boolean room = true;
            for (int rank = first; rank < end; rank++) {
                sum += load[rank] / (end - first);
                room &= held[rank] + bytes(table) / (end - first) <= ROWS_SHARE * limit;
            }
            if (room && sum < least) {
                least = sum;
                best = first;
            }
        }
        return best;
    }

    private static void take(Placement placement, double cost, long bytes, double[] load, long[] held) {
        List<Integer> owners = switch (placement) {
            case TableWise(int rank) -> List.of(rank);
            case RowWise(int first, int count) ->
                IntStream.range(first, first + count).boxed().toList();
            case ColumnWise(List<Integer> columns) -> columns;
            case DataParallel() -> List.of();
        };
        for (int owner : owners) {
            load[owner] += cost / owners.size();
            held[owner] += bytes / owners.size();
        }
    }

    /// @return the section `sharding` with which a job has this plan
    public ShardingConfig config(Found found) {
        ShardingConfig.Builder config = ShardingConfig.newBuilder().setRanksPerHost(found.perHost());
        for (int t = 0; t < work.tables().size(); t++) {
            String name = work.tables().get(t).name();
            switch (found.plan().placements().get(t)) {
                case TableWise(int rank) -> config.addTableWise(name + "@" + rank);
                case RowWise(int first, int count) -> {
                    boolean host = found.plan().ranks() > found.perHost()
                            && first % found.perHost() == 0
                            && count == Math.min(found.perHost(), found.plan().ranks() - first);
                    if (host) {
                        config.addTableRowWise(name + "@" + first / found.perHost());
                    } else {
                        config.addRowWise("%s@%d-%d".formatted(name, first, first + count - 1));
                    }
                }
                case ColumnWise(List<Integer> owners) ->
                    config.addColumnWise("%s@%d-%d".formatted(name, owners.getFirst(), owners.getLast()));
                case DataParallel() -> config.addDataParallel(name);
            }
        }
        return config.build();
    }
}
