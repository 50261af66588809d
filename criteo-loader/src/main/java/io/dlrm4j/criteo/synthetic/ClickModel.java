package io.dlrm4j.criteo.synthetic;

/// A world of clicks whose true probabilities are known: row `r` is a function of (seed, r), so any thread can make any
/// row and the same seed always gives the same rows.
///
/// ```
/// hash(seed, row) ─▶ 13 counts, 26 ids ─▶ hidden effects ─▶ logit ─▶ probability ─▶ label
/// ```
///
/// Logits are scaled to a standard deviation of 1.4, most of it from ids, and shifted to a base rate of 0.25; both are
/// estimated from 32,768 rows when the model is made, which takes some tenths of a second. The true probabilities then
/// have an AUC
/// of
/// about 0.8, like a good model on the Criteo data, and no model can do better. Arithmetic is `StrictMath`, so all
/// machines give the same bits. Immutable: threads share one model, each with its own [Click].
public final class ClickModel {
    private static final double BASE_RATE = 0.25;
    private static final double TABLE_SPREAD = 1.05;
    private static final double PAIR_SPREAD = 0.65;
    private static final double DENSE_SPREAD = 0.65;
    private static final int SAMPLE_ROWS = 32_768;
    private static final int BISECTIONS = 60;
    private static final double CONSTANT = 1e-6;
    private static final double LARGEST_INTERCEPT = 30;

    private static final int FIRST_FEATURE = Cardinalities.TABLES;
    private static final int LABEL = FIRST_FEATURE + DenseCounts.FEATURES;

    private final long rowsKey;
    private final ZipfIds[] tables = new ZipfIds[Cardinalities.TABLES];
    private final DenseCounts dense = new DenseCounts();
    private final HiddenEffects effects;
    private final double tableScale;
    private final double pairScale;
    private final double denseScale;
    private final double intercept;

    /// @param seed of the world and its rows
    /// @param cardinalities rows of the tables
    /// @param zipfExponent how fast ids get rare; 0: all ids of a table are alike
    public ClickModel(long seed, Cardinalities cardinalities, double zipfExponent) {
        this.rowsKey = CounterHash.of(seed, 1);
        this.effects = new HiddenEffects(CounterHash.of(seed, 2), cardinalities);
        for (int table = 0; table < tables.length; table++) {
            tables[table] = new ZipfIds(cardinalities.rows().get(table), zipfExponent);
        }
        double[][] parts = sampledParts(CounterHash.of(seed, 3));
        this.tableScale = scale(parts[0], TABLE_SPREAD);
        this.pairScale = scale(parts[1], PAIR_SPREAD);
        this.denseScale = scale(parts[2], DENSE_SPREAD);
        this.intercept = intercept(parts, BASE_RATE);
    }

    /// Rows that are not among those generated, so that the sample tells nothing about them.
    private double[][] sampledParts(long key) {
        double[][] parts = new double[3][SAMPLE_ROWS];
        Click click = new Click();
        for (int row = 0; row < SAMPLE_ROWS; row++) {
            drawFeatures(CounterHash.of(key, row), click);
            effects.fill(click);
            parts[0][row] = click.tableEffect;
            parts[1][row] = click.pairEffect;
            parts[2][row] = click.denseEffect;
        }
        return parts;
    }

    /// The mean is taken off before squaring, so that a part that is constant is seen to be so.
    private static double scale(double[] part, double wantedSpread) {
        double sum = 0;
        for (double value : part) {
            sum += value;
        }
        double mean = sum / part.length;
        double squares = 0;
        for (double value : part) {
            squares += (value - mean) * (value - mean);
        }
        double spread = Math.sqrt(squares / part.length);
        return spread < CONSTANT ? 0 : wantedSpread / spread;
    }

    private double intercept(double[][] parts, double wantedRate) {
        double low = -LARGEST_INTERCEPT;
        double high = LARGEST_INTERCEPT;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            double sum = 0;
            for (int row = 0; row < SAMPLE_ROWS; row++) {
                double logit = tableScale * parts[0][row] + pairScale * parts[1][row] + denseScale * parts[2][row];
                sum += sigmoid(middle + logit);
            }
            if (sum / SAMPLE_ROWS < wantedRate) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// @return rows of table `table`
    public int rows(int table) {
        return tables[table].rows();
    }

    /// Makes a row.
    ///
    /// @param row 0 or more
    /// @param click is overwritten
    public void fill(long row, Click click) {
        long key = CounterHash.of(rowsKey, row);
        drawFeatures(key, click);
        effects.fill(click);
        click.tableEffect *= tableScale;
        click.pairEffect *= pairScale;
        click.denseEffect *= denseScale;
        click.logit = intercept + click.tableEffect + click.pairEffect + click.denseEffect;
        click.probability = sigmoid(click.logit);
        click.label = CounterHash.unit(CounterHash.of(key, LABEL)) < click.probability ? 1 : 0;
    }

    private void drawFeatures(long key, Click click) {
        for (int table = 0; table < tables.length; table++) {
            click.ids[table] = tables[table].draw(CounterHash.of(key, table));
        }
        dense.draw(key, FIRST_FEATURE, click);
    }

    private static double sigmoid(double logit) {
        return 1 / (1 + StrictMath.exp(-logit));
    }
}
