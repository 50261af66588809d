package io.dlrm4j.shards;

import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Chooses placements.
public final class ShardingPlanner {
    private ShardingPlanner() {}

    /// Plans as configured; what the configuration does not name is spread as by [#greedy(DlrmShape, Schema, int)]. On
    /// one rank all tables are whole.
    ///
    /// @throws IllegalArgumentException when the configuration names a table, rank or host that there is not
    public static ShardingPlan plan(DlrmShape shape, Schema schema, ShardingConfig config, int ranks) {
        ConfiguredPlacements configured = new ConfiguredPlacements(schema, config, shape.embeddingDim(), ranks);
        if (ranks == 1) {
            return greedy(shape, schema, ranks);
        }
        double[] lookups =
                schema.tables().stream().mapToDouble(Schema.Table::maxPooling).toArray();
        return greedy(shape, lookups, configured.placements(), ranks);
    }

    /// Plans for tables that are looked up equally often.
    ///
    /// @see #greedy(DlrmShape, Schema, int)
    public static ShardingPlan greedy(DlrmShape shape, int ranks) {
        double[] lookups = new double[shape.tables().size()];
        Arrays.fill(lookups, 1);
        return greedy(shape, lookups, ranks);
    }

    /// Puts whole tables on ranks, the costliest first, each on the rank with the least cost so far (Graham 1969: at
    /// most a third above the best spread, where no single table is larger than that).
    ///
    /// A table costs its share of all lookups, which take the time, plus its share of all rows, which take the
    /// memory, with equal weight, so a rank never has much more than its part of either. Equal costs go to the
    /// table, then the rank, with the lower number, so every rank makes the same plan.
    ///
    /// @param schema most ids a sample has in each table, taken for the lookups
    public static ShardingPlan greedy(DlrmShape shape, Schema schema, int ranks) {
        double[] lookups =
                schema.tables().stream().mapToDouble(Schema.Table::maxPooling).toArray();
        return greedy(shape, lookups, ranks);
    }

    private static ShardingPlan greedy(DlrmShape shape, double[] lookups, int ranks) {
        return greedy(shape, lookups, Collections.nCopies(lookups.length, null), ranks);
    }

    /// @param fixed placements of tables, null for those to be placed
    private static ShardingPlan greedy(
            DlrmShape shape, double[] lookups, List<? extends @Nullable Placement> fixed, int ranks) {
        double[] cost = costs(shape.tables(), lookups);
        List<Integer> costliestFirst = new ArrayList<>();
        for (int table = 0; table < cost.length; table++) {
            costliestFirst.add(table);
        }
        costliestFirst.sort(Comparator.comparingDouble(table -> -cost[table])); // stable: equal costs stay in order
        double[] load = new double[ranks];
        for (int table = 0; table < cost.length; table++) {
            addTo(load, fixed.get(table), cost[table]);
        }
        Placement[] placements = new Placement[cost.length];
        for (int table : costliestFirst) {
            Placement given = fixed.get(table);
            if (given == null) {
                int rank = leastLoaded(load);
                load[rank] += cost[table];
                given = new TableWise(rank);
            }
            placements[table] = given;
        }
        return new ShardingPlan(ranks, List.of(placements));
    }

    private static void addTo(double[] load, @Nullable Placement placement, double cost) {
        List<Integer> owners = switch (placement) {
            case TableWise(int rank) -> List.of(rank);
            case RowWise(int first, int count) ->
                IntStream.range(first, first + count).boxed().toList();
            case ColumnWise(List<Integer> columns) -> columns;
            case DataParallel() -> List.of();
            case null -> List.of();
        };
        for (int owner : owners) {
            load[owner] += cost / owners.size();
        }
    }

    private static double[] costs(List<Long> rows, double[] lookups) {
        double allRows = rows.stream().mapToDouble(Long::doubleValue).sum();
        double allLookups = Arrays.stream(lookups).sum();
        double[] cost = new double[lookups.length];
        for (int table = 0; table < cost.length; table++) {
            cost[table] = lookups[table] / allLookups + rows.get(table) / allRows;
        }
        return cost;
    }

    private static int leastLoaded(double[] load) {
        int least = 0;
        for (int rank = 1; rank < load.length; rank++) {
            if (load[rank] < load[least]) {
                least = rank;
            }
        }
        return least;
    }
}
