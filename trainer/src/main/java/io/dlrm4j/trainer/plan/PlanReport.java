package io.dlrm4j.trainer.plan;

import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.trainer.plan.PlacementSearch.Found;
import io.dlrm4j.trainer.plan.Prediction.Rank;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// A plan and its prediction as text.
public final class PlanReport {
    private static final int MOST_RANKS = 1024;
    private static final int MOST_LINES = 16;
    private static final int LEAST_BATCH = 128;
    private static final int LARGEST_BATCH = 1 << 20;

    private final StepWork work;
    private final Rates rates;
    private final int threads;
    private final int perHost;
    private final long limit;

    /// @param threads of a rank that compute
    /// @param perHost ranks of a host
    /// @param limit bytes that a rank may take
    public PlanReport(StepWork work, Rates rates, int threads, int perHost, long limit) {
        this.work = work;
        this.rates = rates;
        this.threads = threads;
        this.perHost = perHost;
        this.limit = limit;
    }

    /// @param ranks to plan for
    /// @return the plan
    /// @throws IllegalArgumentException when none fits the memory
    public Found find(int ranks) {
        return new PlacementSearch(work, rates, threads, perHost, limit).find(ranks);
    }

    /// @return the section `sharding` with which a job has this plan
    public ShardingConfig sharding(Found found) {
        return new PlacementSearch(work, rates, threads, perHost, limit).config(found);
    }

    /// @return the plan: a line for each table, each rank (their range, where there are many), and what it all means
    public String print(Found found) {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(Locale.ROOT, "%-12s %14s %8s %12s  %s%n", "table", "rows", "ids", "MiB", "placement"));
        for (int t = 0; t < work.tables().size(); t++) {
            StepWork.Table table = work.tables().get(t);
            text.append(String.format(
                    Locale.ROOT,
                    "%-12s %,14d %8.1f %,12.1f  %s%n",
                    table.name(),
                    table.rows(),
                    table.pooling(),
                    work.weightBytes(table) / 1048576.0,
                    found.plan().placements().get(t)));
        }
        Prediction prediction = found.prediction();
        text.append('\n');
        text.append(String.format(
                Locale.ROOT,
                "%-12s %10s %10s %10s %10s %10s %10s %12s %12s%n",
                "rank",
                "ms/step",
                "dense",
                "rows",
                "exchange",
                "sums",
                "reader",
                "sent MiB",
                "memory MiB"));
        if (prediction.ranks().size() <= MOST_LINES) {
            for (int rank = 0; rank < prediction.ranks().size(); rank++) {
                rank(text, String.valueOf(rank), prediction.ranks().get(rank));
            }
        } else {
            rank(text, "mean", mean(prediction.ranks()));
            rank(text, "slowest", prediction.slowest());
        }
        text.append('\n');
        text.append(String.format(
                Locale.ROOT,
                "predicted: %.3f ms a step, %,.0f samples/s; %,.1f MiB sent a step by all ranks; at most %,d MiB a rank%n",
                1e3 * prediction.seconds(),
                prediction.samplesPerSecond(),
                prediction.ranks().stream().mapToDouble(Rank::sentBytes).sum() / 1048576,
                prediction.mostMemory() >> 20));
        return text.toString();
    }

    private static void rank(StringBuilder text, String name, Rank rank) {
        text.append(String.format(
                Locale.ROOT,
                "%-12s %10.3f %10.3f %10.3f %10.3f %10.3f %10.3f %12.2f %,12d%n",
                name,
                1e3 * rank.seconds(),
                1e3 * rank.dense(),
                1e3 * rank.rows(),
                1e3 * rank.exchange(),
                1e3 * rank.sums(),
                1e3 * rank.read(),
                rank.sentBytes() / 1048576,
                rank.memoryBytes() >> 20));
    }

    private static Rank mean(List<Rank> ranks) {
        return new Rank(
                mean(ranks, Rank::seconds),
                mean(ranks, Rank::rows),
                mean(ranks, Rank::dense),
                mean(ranks, Rank::exchange),
                mean(ranks, Rank::sums),
                mean(ranks, Rank::read),
                mean(ranks, Rank::sentBytes),
                (long) mean(ranks, Rank::memoryBytes));
    }

    private static double mean(List<Rank> ranks, ToDoubleFunction<Rank> what) {
        return ranks.stream().mapToDouble(what).average().orElseThrow();
    }

    /// @return samples a second of 1, 2, 4 to 1,024 ranks with this batch
    public Scaling ranks() {
        return Scaling.of(powersOfTwo(1, MOST_RANKS), ranks -> predict(work, ranks));
    }

    /// @return samples a second of batches of 128 to a million samples on this number of ranks
    public Scaling batches(int ranks) {
        return Scaling.of(powersOfTwo(LEAST_BATCH, LARGEST_BATCH), batch -> predict(work.withBatch(batch), ranks));
    }

    private @Nullable Prediction predict(StepWork any, int ranks) {
        try {
            return new PlacementSearch(any, rates, threads, perHost, limit)
                    .find(ranks)
                    .prediction();
        } catch (IllegalArgumentException e) {
            return null; // no room
        }
    }

    private static List<Integer> powersOfTwo(int from, int to) {
        List<Integer> powers = new ArrayList<>();
        for (int n = from; n <= to; n *= 2) {
            powers.add(n);
        }
        return powers;
    }

    /// @param ranks the plan's
    /// @return both as text, with the sentences that say where adding more stops to pay
    public String printScaling(int ranks) {
        StringBuilder text = new StringBuilder();
        Scaling byRanks = ranks();
        text.append(String.format(Locale.ROOT, "%12s %12s %16s%n", "ranks", "ms/step", "samples/s"));
        points(text, byRanks);
        if (!byRanks.points().isEmpty()) {
            text.append(String.format(
                    Locale.ROOT,
                    "with a batch of %,d, adding ranks stops paying at %,d: twice as many bring less than a tenth more%n",
                    work.batch(),
                    byRanks.knee()));
        }
        text.append('\n');
        Scaling byBatch = batches(ranks);
        text.append(String.format(Locale.ROOT, "%12s %12s %16s%n", "batch", "ms/step", "samples/s"));
        points(text, byBatch);
        if (!byBatch.points().isEmpty()) {
            text.append(String.format(
                    Locale.ROOT,
                    "with %,d ranks the knee is a batch of %,d: twice as large brings less than a tenth more%n",
                    ranks,
                    byBatch.knee()));
        }
        return text.toString();
    }

    private static void points(StringBuilder text, Scaling scaling) {
        for (Scaling.Point point : scaling.points()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%,12d %12.3f %,16.0f%n",
                    point.amount(),
                    1e3 * point.prediction().seconds(),
                    point.prediction().samplesPerSecond()));
        }
    }
}
