package io.dlrm4j.shards;

import io.dlrm4j.core.config.ShardingConfig;
import io.dlrm4j.core.data.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Where the section `sharding` of a configuration puts tables.
final class ConfiguredPlacements {
    private static final String ALL = "*";
    private static final Pattern WITH_RANKS = Pattern.compile("(.+)@([0-9]{1,5})(?:-([0-9]{1,5}))?");

    private final Schema schema;
    private final ShardingConfig config;
    private final int dim;
    private final int ranks;
    private final int ranksPerHost;
    private int hostsTaken; // by tables that name none: they take turns

    /// One name of a list.
    ///
    /// @param first rank or host, -1: all, or whichever
    /// @param last rank, the first where there is one alone
    private record Named(String table, int first, int last) {
        boolean isFor(Schema.Table other) {
            return table.equals(ALL) || table.equals(other.name());
        }
    }

    /// @throws IllegalArgumentException when a table, rank or host is named that there is not
    ConfiguredPlacements(Schema schema, ShardingConfig config, int dim, int ranks) {
        this.schema = schema;
        this.config = config;
        this.dim = dim;
        this.ranks = ranks;
        int perHost = config.getRanksPerHost();
        if (perHost < 0) {
            throw new IllegalArgumentException("sharding.ranks_per_host=%d, want 0 or more".formatted(perHost));
        }
        this.ranksPerHost = perHost == 0 ? ranks : Math.min(perHost, ranks);
        for (Lists list : Lists.values()) {
            list.names(config).forEach(name -> named(list, name));
        }
    }

    private enum Lists {
        DATA_PARALLEL,
        COLUMN_WISE,
        ROW_WISE,
        TABLE_ROW_WISE,
        TABLE_WISE;

        String key() {
            return "sharding." + name().toLowerCase(Locale.ROOT);
        }

        List<String> names(ShardingConfig config) {
            return switch (this) {
                case DATA_PARALLEL -> config.getDataParallelList();
                case COLUMN_WISE -> config.getColumnWiseList();
                case ROW_WISE -> config.getRowWiseList();
                case TABLE_ROW_WISE -> config.getTableRowWiseList();
                case TABLE_WISE -> config.getTableWiseList();
            };
        }
    }

    private Named named(Lists list, String text) {
        List<String> known = schema.tables().stream().map(Schema.Table::name).toList();
        if (text.equals(ALL) || known.contains(text)) {
            return new Named(text, -1, -1);
        }
        Matcher parts = WITH_RANKS.matcher(text);
        boolean withRanks = parts.matches() && list != Lists.DATA_PARALLEL;
        String table = withRanks ? parts.group(1) : text;
        if (!table.equals(ALL) && !known.contains(table)) {
            throw new IllegalArgumentException(
                    "%s: no table %s, want \"*\" or some of %s".formatted(list.key(), table, known));
        }
        int first = Integer.parseInt(parts.group(2));
        int last = parts.group(3) == null ? first : Integer.parseInt(parts.group(3));
        boolean isOne = list == Lists.TABLE_WISE || list == Lists.TABLE_ROW_WISE;
        int count = list == Lists.TABLE_ROW_WISE ? Math.ceilDiv(ranks, ranksPerHost) : ranks;
        if (ranks > 1 && (last >= count || last < first || (isOne && last > first))) {
            throw new IllegalArgumentException("%s: %s of a job of %d ranks, want %s of 0 to %d"
                    .formatted(
                            list.key(),
                            text,
                            ranks,
                            list == Lists.TABLE_ROW_WISE ? "a host" : isOne ? "a rank" : "ranks",
                            count - 1));
        }
        return new Named(table, first, last);
    }

    /// @return for each table where the configuration puts it, null where it says nothing
    List<@Nullable Placement> placements() {
        List<@Nullable Placement> placements = new ArrayList<>();
        for (Schema.Table table : schema.tables()) {
            placements.add(placement(table));
        }
        return placements;
    }

    private @Nullable Placement placement(Schema.Table table) {
        for (Lists list : Lists.values()) {
            for (String text : list.names(config)) {
                Named named = named(list, text);
                if (named.isFor(table)) {
                    return placement(list, named);
                }
            }
        }
        return table.rows() <= config.getDataParallelRows() ? new DataParallel() : null;
    }

    private @Nullable Placement placement(Lists list, Named named) {
        int first = Math.max(named.first(), 0);
        int count = named.first() < 0 ? ranks : named.last() - first + 1;
        return switch (list) {
            case DATA_PARALLEL -> new DataParallel();
            case COLUMN_WISE -> {
                int owners = Math.min(count, dim);
                yield new ColumnWise(
                        IntStream.range(first, first + owners).boxed().toList());
            }
            case ROW_WISE -> new RowWise(first, count);
            case TABLE_ROW_WISE -> {
                int hosts = Math.ceilDiv(ranks, ranksPerHost);
                int host = named.first() < 0 ? hostsTaken++ % hosts : first;
                yield new RowWise(host * ranksPerHost, Math.min(ranksPerHost, ranks - host * ranksPerHost));
            }
            case TABLE_WISE -> named.first() < 0 ? null : new TableWise(first);
        };
    }
}
