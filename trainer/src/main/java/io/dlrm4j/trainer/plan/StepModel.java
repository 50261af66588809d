package io.dlrm4j.trainer.plan;

import io.dlrm4j.shards.ColumnWise;
import io.dlrm4j.shards.DataParallel;
import io.dlrm4j.shards.Placement;
import io.dlrm4j.shards.RowWise;
import io.dlrm4j.shards.ShardingPlan;
import io.dlrm4j.shards.TableWise;
import io.dlrm4j.trainer.plan.Prediction.Rank;
import io.dlrm4j.trainer.plan.StepWork.Table;
import java.util.ArrayList;
import java.util.List;

/// The time of a step from what it does and what the machine can do.
///
/// Ranks on cards, with `T_x` for what x takes:
///
/// ```
/// T = T_step + max(T_lookup + T_exchange, T_bottom) + T_top + max(T_exchange + T_update, T_bottom_backward + T_sums)
/// ```
///
/// the form in which TorchRec's planner and MLPerf's published runs are described; constants that fit those runs
/// are in `StepModelTest`. Ranks on cores move bytes with the thread that computes, so nothing is hidden: `T` is the
/// sum. And ranks of a host, with their readers, share its cores: a step takes at least all their work over the cores.
///
/// An exchange costs a message to every other rank and its bytes, inside the host and between hosts; on cores the
/// ranks of a host share its network, and each table that is spread has an exchange of its own. Sums go round: on cards
/// inside the host and then between hosts, the cheaper of ring and doubling; on cores inside a host through shared
/// memory, else round a ring of all ranks.
public final class StepModel {
    private final StepWork work;
    private final Rates rates;
    private final int threads;

    /// What of a step one rank has to do for tables.
    ///
    /// @param lookup seconds
    /// @param update seconds
    /// @param exchanged bytes sent or received, whichever is more, both ways each, without the rank's own part
    /// @param exchanges number of all-to-alls each way
    /// @param summed bytes of gradients of data-parallel tables
    /// @param ids that its reader reads
    record Load(double lookup, double update, double exchanged, double exchanges, double summed, double ids) {}

    /// Where ranks are.
    ///
    /// @param ranks of the job
    /// @param perHost of a host
    record Layout(int ranks, int perHost) {
        int hosts() {
            return Math.ceilDiv(ranks, perHost);
        }
    }

    /// @param threads of a rank that compute
    public StepModel(StepWork work, Rates rates, int threads) {
        this.work = work;
        this.rates = rates;
        this.threads = threads;
    }

    /// @param perHost ranks of a host
    public Prediction predict(ShardingPlan plan, int perHost) {
        Layout layout = new Layout(plan.ranks(), Math.min(perHost, plan.ranks()));
        RankLoads loads = new RankLoads(work, rates, layout.ranks());
        for (int table = 0; table < work.tables().size(); table++) {
            loads.add(work.tables().get(table), plan.placements().get(table));
        }
        List<Rank> ranks = new ArrayList<>();
        for (int rank = 0; rank < layout.ranks(); rank++) {
            ranks.add(rank(loads.load(rank), layout, loads.memory(rank)));
        }
        return new Prediction(work.batch(), ranks);
    }

    /// @return what a rank with this load takes
    Rank rank(Load load, Layout layout, long memory) {
        double samples = (double) work.batch() / layout.ranks();
        int busy = Math.min(layout.perHost() * threads, Math.max(rates.cores(), 1));
        double flop = rates.dense(busy).at(samples);
        double dense = work.denseFlops() * flop;
        double exchange = layout.ranks() == 1 ? 0 : exchange(load, layout);
        double sums = layout.ranks() == 1
                ? 0
                : sum((double) work.parameters() * work.wireBytes(), work.buckets() + 1, layout)
                        + (load.summed() > 0 ? sum(load.summed(), 1, layout) : 0);
        double read = (samples * (work.denseFeatures() + 1) + load.ids()) * rates.readValue();
        double rows = load.lookup() + load.update();
        double seconds;
        if (rates.onCards()) {
            double bottom = 2 * work.bottomMacs() * flop;
            seconds = rates.step()
                    + Math.max(load.lookup() + exchange, bottom)
                    + 6 * work.topMacs() * flop
                    + Math.max(exchange + load.update(), 2 * bottom + sums);
        } else {
            double moved = 2 * exchange + sums;
            double own = rates.step() + (dense + rows) / threads + moved;
            double host = layout.perHost() * (dense + rows + moved + read + rates.step()) / rates.cores();
            seconds = Math.max(Math.max(own, read), host);
        }
        double sent = layout.ranks() == 1
                ? 0
                : 2 * load.exchanged()
                        + 2.0
                                * (layout.ranks() - 1)
                                / layout.ranks()
                                * ((double) work.parameters() * work.wireBytes() + load.summed());
        return new Rank(seconds, rows / threads, dense / threads, 2 * exchange, sums, read, sent, memory);
    }

    /// @return seconds of the exchange of a step, one way
    double exchange(Load load, Layout layout) {
        int ranks = layout.ranks();
        int perHost = layout.perHost();
        int others = ranks - perHost;
        double inside = ranks == 1 ? 0 : load.exchanged() * (perHost - 1) / (ranks - 1);
        double outside = ranks == 1 ? 0 : load.exchanged() * others / (ranks - 1);
        double messages = rates.onCards()
                ? (perHost - 1) * rates.inHost().fixed()
                        + (layout.hosts() - 1) * rates.betweenHosts().fixed()
                : (perHost - 1) * rates.inHost().fixed()
                        + others * rates.betweenHosts().fixed();
        int sharing = rates.onCards() ? 1 : perHost;
        return load.exchanges() * messages
                + inside * rates.inHost().perUnit()
                + outside * sharing * rates.betweenHosts().perUnit();
    }

    /// @param count sums into which the bytes are cut
    /// @return seconds of an all-reduce
    private double sum(double bytes, int count, Layout layout) {
        int hosts = layout.hosts();
        int perHost = layout.perHost();
        Line between = rates.betweenHosts();
        if (hosts > 1 && !rates.onCards()) {
            double hops = layout.ranks() - 1;
            return 2 * hops * (count * between.fixed() + bytes / layout.ranks() * between.perUnit());
        }
        double inside = 2
                * (perHost - 1)
                * (count * rates.sum().fixed() + bytes / perHost * rates.sum().perUnit());
        double piece = bytes / perHost * between.perUnit();
        double ring = 2 * (hosts - 1) * (between.fixed() + piece / hosts);
        double doubling = Math.ceil(Math.log(hosts) / Math.log(2)) * (between.fixed() + piece);
        return inside + Math.min(ring, doubling);
    }

    /// Sums up what each rank has to do.
    private static final class RankLoads {
        private final StepWork work;
        private final Rates rates;
        private final int ranks;
        private final double samples;
        private final double[] lookup;
        private final double[] update;
        private final double[] sent;
        private final double[] ids;
        private final long[] memory;
        private double received; // the same for all
        private double summed;
        private double exchanges;
        private boolean anyWhole;

        RankLoads(StepWork work, Rates rates, int ranks) {
            this.work = work;
            this.rates = rates;
            this.ranks = ranks;
            this.samples = (double) work.batch() / ranks;
            this.lookup = new double[ranks];
            this.update = new double[ranks];
            this.sent = new double[ranks];
            this.ids = new double[ranks];
            this.memory = new long[ranks];
        }

        void add(Table table, Placement placement) {
            double lookups = work.batch() * table.pooling();
            double vector = (double) work.dim() * work.wireBytes();
            switch (placement) {
                case TableWise(int rank) -> {
                    anyWhole = true;
                    rows(rank, table, lookups, lookups, work.dim());
                    ids[rank] += lookups;
                    hold(rank, table.rows(), work.dim());
                    send(List.of(rank), work.batch() * vector);
                }
                case RowWise(int first, int count) -> {
                    exchanges++;
                    double owners = count * (1 - Math.pow(1 - 1.0 / count, table.pooling())); // of a sample, mean
                    List<Integer> all = new ArrayList<>();
                    for (int rank = first; rank < first + count; rank++) {
                        rows(rank, table, lookups / count, lookups / count, work.dim());
                        hold(rank, Math.ceilDiv(table.rows(), count), work.dim());
                        all.add(rank);
                    }
                    everyoneReads(lookups);
                    send(all, work.batch() * owners * vector);
                }
                case ColumnWise(List<Integer> owners) -> {
                    exchanges++;
                    int width = Math.ceilDiv(work.dim(), owners.size());
                    for (int rank : owners) {
                        rows(rank, table, lookups, lookups, width);
                        ids[rank] += lookups;
                        hold(rank, table.rows(), width);
                    }
                    send(owners, work.batch() * vector);
                }
                case DataParallel() -> {
                    double touched = work.touchedRows(table);
                    for (int rank = 0; rank < ranks; rank++) {
                        rows(rank, table, lookups / ranks, touched, work.dim());
                        hold(rank, table.rows(), work.dim());
                    }
                    everyoneReads(lookups);
                    summed += touched * vector;
                }
            }
        }

        private void everyoneReads(double lookups) {
            for (int rank = 0; rank < ranks; rank++) {
                ids[rank] += lookups;
                update[rank] += lookups * rates.readValue(); // all ids are looked at to find or number rows
            }
        }

        private void rows(int rank, Table table, double looked, double moved, int width) {
            long bytes = work.weightBytes(table);
            double row = (double) width * work.weightBytes() * penalty(width);
            lookup[rank] += looked * rates.rows().lookup(bytes).at(row);
            update[rank] += moved * rates.rows().update(work.rule(), bytes).at(row);
        }

        /// Narrow rows use a card's memory badly: the factors of TorchRec's planner.
        private double penalty(int width) {
            if (!rates.onCards() || width >= 128) {
                return 1;
            }
            return width >= 64 ? 1.15 : 1.75;
        }

        private void send(List<Integer> owners, double bytes) {
            for (int owner : owners) {
                sent[owner] += bytes / owners.size();
            }
            received += bytes / ranks;
        }

        private void hold(int rank, long rows, int columns) {
            long state = switch (work.rule()) {
                case SGD -> 0;
                case ROW_WISE_ADAGRAD -> 1;
                case ADAGRAD -> columns;
            };
            memory[rank] += rows * ((long) columns * work.weightBytes() + state * Float.BYTES);
        }

        Load load(int rank) {
            double most = Math.max(sent[rank], received) * (ranks - 1) / ranks;
            return new Load(lookup[rank], update[rank], most, exchanges + (anyWhole ? 1 : 0), summed, ids[rank]);
        }

        /// Rows, three floats a parameter of the MLPs, vectors and gradients on both sides, two batches of ids.
        long memory(int rank) {
            double vectors = 2.0 * samples * work.tables().size() * work.dim() + sent[rank] / work.wireBytes();
            double numbers = 3.0 * work.parameters() + vectors + 2 * ids[rank];
            return memory[rank] + (long) (Float.BYTES * numbers);
        }
    }
}
