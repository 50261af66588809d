package io.dlrm4j.criteo.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.core.metric.ScoreCollector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClickModelTest {
    private static final int ROWS = 60_000;
    private static final double ZIPF = 1.05;

    @Test
    void aRowDoesNotDependOnTheRowsBefore() {
        ClickModel model = new ClickModel(5, Cardinalities.kaggle(), ZIPF);
        Click forward = new Click();
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < 100; row++) {
            model.fill(row, forward);
            rows.add(text(forward));
        }
        ClickModel again = new ClickModel(5, Cardinalities.kaggle(), ZIPF);
        Click backward = new Click();
        for (int row = 99; row >= 0; row--) {
            again.fill(row, backward);
            assertThat(text(backward)).isEqualTo(rows.get(row));
        }
        assertThat(rows).doesNotHaveDuplicates();
    }

    @Test
    void anotherSeedGivesOtherRows() {
        Click one = new Click();
        Click other = new Click();
        new ClickModel(1, Cardinalities.kaggle(), ZIPF).fill(0, one);
        new ClickModel(2, Cardinalities.kaggle(), ZIPF).fill(0, other);
        assertThat(text(one)).isNotEqualTo(text(other));
    }

    private static String text(Click click) {
        StringBuilder text = new StringBuilder();
        for (int feature = 0; feature < DenseCounts.FEATURES; feature++) {
            text.append(click.count(feature))
                    .append(' ')
                    .append(click.log(feature))
                    .append(' ');
        }
        for (int table = 0; table < Cardinalities.TABLES; table++) {
            text.append(click.id(table)).append(' ');
        }
        return text.append(click.probability())
                .append(' ')
                .append(click.label())
                .toString();
    }

    @Test
    void idsLieInTheirTables() {
        List<Integer> rows = new ArrayList<>(Cardinalities.kaggle().rows());
        rows.set(0, 1);
        rows.set(1, 2);
        rows.set(2, Integer.MAX_VALUE);
        ClickModel model = new ClickModel(8, new Cardinalities(rows), ZIPF);
        Click click = new Click();
        int[] smallest = new int[rows.size()];
        int[] largest = new int[rows.size()];
        for (int row = 0; row < ROWS; row++) {
            model.fill(row, click);
            for (int table = 0; table < rows.size(); table++) {
                smallest[table] = Math.min(smallest[table], click.id(table));
                largest[table] = Math.max(largest[table], click.id(table));
            }
        }
        assertThat(smallest).containsOnly(0);
        for (int table = 0; table < rows.size(); table++) {
            assertThat(largest[table]).as("largest id of table %d", table).isLessThan(rows.get(table));
        }
        assertThat(largest[0]).isZero();
        assertThat(largest[1]).isEqualTo(1);
        assertThat(largest[2]).isGreaterThan(1_000_000);
    }

    @Test
    void countsAreHeavyTailedAndSomeMissing() {
        ClickModel model = new ClickModel(8, Cardinalities.kaggle(), ZIPF);
        Click click = new Click();
        float widest = 0;
        int largest = 0;
        int missing = 0;
        for (int row = 0; row < ROWS; row++) {
            model.fill(row, click);
            for (int feature = 0; feature < DenseCounts.FEATURES; feature++) {
                int count = click.count(feature);
                float want = count == Click.MISSING ? 0 : (float) Math.log(count + 1f);
                widest = Math.max(widest, Math.abs(click.log(feature) - want));
                largest = Math.max(largest, count);
                missing += count == Click.MISSING ? 1 : 0;
            }
        }
        assertThat(widest).as("distance from ln(1 + count)").isLessThan(2e-6f);
        assertThat(largest).isBetween(100_000, Integer.MAX_VALUE - 1);
        assertThat(missing / (double) (ROWS * DenseCounts.FEATURES)).isBetween(0.15, 0.25);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, -7})
    void aQuarterIsClickedAndTruthScoresAsGoodModelsDo(long seed) {
        for (double scale : new double[] {1, 0.001}) {
            ClickModel model = new ClickModel(seed, Cardinalities.kaggle().scaled(scale), ZIPF);
            BinaryMetrics truth = score(model, Click::logit);
            assertThat(truth.baseRate()).isBetween(0.24, 0.26);
            assertThat(truth.calibration()).isBetween(0.98, 1.02);
            assertThat(truth.auc()).isBetween(0.78, 0.83);
        }
    }

    @Test
    void aModelThatLacksAPartStaysBehind() {
        ClickModel model = new ClickModel(3, Cardinalities.kaggle(), ZIPF);
        double truth = score(model, Click::logit).auc();
        assertThat(score(model, c -> c.logit() - c.tableEffect).auc()).isBetween(0.6, truth - 0.05);
        assertThat(score(model, c -> c.logit() - c.pairEffect).auc()).isBetween(0.6, truth - 0.015);
        assertThat(score(model, c -> c.logit() - c.denseEffect).auc()).isBetween(0.6, truth - 0.015);
    }

    @Test
    void tablesOfOneRowLeaveTheDenseFeatures() {
        Cardinalities single = new Cardinalities(Collections.nCopies(Cardinalities.TABLES, 1));
        BinaryMetrics truth = score(new ClickModel(3, single, ZIPF), Click::logit);
        assertThat(truth.baseRate()).isBetween(0.24, 0.26);
        assertThat(truth.auc()).isBetween(0.6, 0.75);
    }

    private static BinaryMetrics score(ClickModel model, ToDoubleFunction<Click> score) {
        ScoreCollector scores = new ScoreCollector(ROWS);
        Click click = new Click();
        for (int row = 0; row < ROWS; row++) {
            model.fill(row, click);
            scores.append((float) score.applyAsDouble(click), click.label());
        }
        return scores.metrics();
    }
}
