package io.dlrm4j.criteo.synthetic;

/// What makes people click in the generated world, before scaling: three parts, each a function of the features alone.
///
/// - tables: each id of each table has a hidden number; a handful of tables weigh most;
/// - pairs: for three pairs of tables, the dot product of hidden vectors of two ids, 2 numbers each, as factorization
///   machines have it (Rendle 2010), so that a model without crossed features stays behind;
/// - dense: linear, squared and crossed terms of the standardised `ln(1 + count)`.
///
/// Hidden numbers come from a hash of (seed, table, id): no table in memory. Their weight falls with the rank of the id
/// as `1 / (1 + rank / 50)`, because a number that is seen a few times cannot be learned.
final class HiddenEffects {
    private static final int TABLES = Cardinalities.TABLES;
    private static final int PAIRS = 3;
    private static final int DIMENSION = 2;
    private static final double WEIGHT_RATIO = 0.7;
    private static final double FADING_RANK = 50;
    private static final int PAIR_TABLE_ROWS = 8;

    private final long[] idKeys = new long[TABLES];
    private final long[] vectorKeys = new long[TABLES];
    private final double[] tableWeights = new double[TABLES];
    private final int[] pairFirst = new int[PAIRS];
    private final int[] pairSecond = new int[PAIRS];
    private final double[] denseWeights = new double[DenseCounts.FEATURES];

    HiddenEffects(long seed, Cardinalities cardinalities) {
        int[] order = shuffledTables(CounterHash.of(seed, 0));
        double weight = 1;
        for (int table : order) {
            idKeys[table] = CounterHash.of(CounterHash.of(seed, 1), table);
            vectorKeys[table] = CounterHash.of(CounterHash.of(seed, 2), table);
            tableWeights[table] = weight;
            weight *= WEIGHT_RATIO;
        }
        choosePairs(order, cardinalities);
        for (int feature = 0; feature < denseWeights.length; feature++) {
            denseWeights[feature] = CounterHash.centred(CounterHash.of(CounterHash.of(seed, 3), feature));
        }
    }

    private static int[] shuffledTables(long key) {
        int[] order = new int[TABLES];
        for (int i = 0; i < TABLES; i++) {
            int j = (int) (CounterHash.unit(CounterHash.of(key, i)) * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// Neighbours in the shuffled order, tables of a few rows last, since they have little to cross.
    private void choosePairs(int[] order, Cardinalities cardinalities) {
        int[] candidates = new int[TABLES];
        int found = 0;
        for (int table : order) {
            if (cardinalities.rows().get(table) >= PAIR_TABLE_ROWS) {
                candidates[found++] = table;
            }
        }
        for (int table : order) {
            if (cardinalities.rows().get(table) < PAIR_TABLE_ROWS) {
                candidates[found++] = table;
            }
        }
        for (int pair = 0; pair < PAIRS; pair++) {
            pairFirst[pair] = candidates[2 * pair];
            pairSecond[pair] = candidates[2 * pair + 1];
        }
    }

    /// @param click its ids and dense features are read, its three effects are set
    void fill(Click click) {
        click.tableEffect = tables(click.ids);
        click.pairEffect = pairs(click.ids);
        click.denseEffect = dense(click.normal);
    }

    private double tables(int[] ids) {
        double sum = 0;
        for (int table = 0; table < TABLES; table++) {
            double hidden = CounterHash.centred(CounterHash.of(idKeys[table], ids[table]));
            sum += tableWeights[table] * fading(ids[table]) * hidden;
        }
        return sum;
    }

    private double pairs(int[] ids) {
        double sum = 0;
        for (int pair = 0; pair < PAIRS; pair++) {
            int first = ids[pairFirst[pair]];
            int second = ids[pairSecond[pair]];
            long firstBits = CounterHash.of(vectorKeys[pairFirst[pair]], first);
            long secondBits = CounterHash.of(vectorKeys[pairSecond[pair]], second);
            double dot = 0;
            for (int i = 0; i < DIMENSION; i++) {
                dot += CounterHash.centred(firstBits, i) * CounterHash.centred(secondBits, i);
            }
            sum += dot * fading(first) * fading(second);
        }
        return sum;
    }

    /// Feature `i` crosses with feature `i + 1`; the squares make the best value of a feature lie inside its range.
    private double dense(double[] normal) {
        double sum = 0;
        for (int feature = 0; feature < normal.length; feature++) {
            double next = normal[feature + 1 < normal.length ? feature + 1 : 0];
            sum += normal[feature] * (denseWeights[feature] - 0.15 * normal[feature] + 0.2 * next);
        }
        return sum;
    }

    private static double fading(int id) {
        return FADING_RANK / (FADING_RANK + id);
    }
}
