package io.dlrm4j.effects.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.Fixtures;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.solve.Loss;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequentialUpdateTest {
    @Test
    void twoHalvesAreTheWholeForSquaredLoss() {
        EntityData whole = Fixtures.clicks(3, 120, 8, 0.5);
        SequentialUpdate update = new SequentialUpdate(SequentialSettings.exact(Loss.SQUARED, 2));
        Posterior batch = update.update(null, whole);
        Posterior sequential = update.update(update.update(null, part(whole, 0, 60)), part(whole, 60, 120));
        assertThat(sequential.features()).isEqualTo(batch.features());
        assertThat(sequential.means()).containsExactly(batch.means(), within(1e-9));
        assertThat(sequential.precisions()).containsExactly(batch.precisions(), within(1e-9));
    }

    @Test
    void twoHalvesComeNearerToTheWholeWithMoreSamplesForLogisticLoss() {
        double before = Double.POSITIVE_INFINITY;
        for (int rows : new int[] {100, 1000, 10_000}) {
            EntityData whole = Fixtures.clicks(3, rows, 4, 1);
            SequentialUpdate update = new SequentialUpdate(SequentialSettings.exact(Loss.LOGISTIC, 1));
            Posterior batch = update.update(null, whole);
            Posterior halves =
                    update.update(update.update(null, part(whole, 0, rows / 2)), part(whole, rows / 2, rows));
            double apart = 0;
            for (int j = 0; j < batch.size(); j++) {
                double deviation = 1 / Math.sqrt(batch.precision(j, j));
                apart = Math.max(apart, Math.abs(halves.means()[j] - batch.means()[j]) / deviation);
            }
            assertThat(apart).isLessThan(before);
            before = apart;
        }
        assertThat(before).isLessThan(0.02); // of a standard deviation
    }

    @ParameterizedTest
    @CsvSource({"LOGISTIC,FULL", "LOGISTIC,DIAGONAL", "SQUARED,FULL", "SQUARED,DIAGONAL"})
    void aDuplicatedSampleIsOneOfTwiceTheWeightAndPrecisionsGrow(Loss loss, Precision kind) {
        SequentialUpdate update =
                new SequentialUpdate(SequentialSettings.exact(loss, 1).withPrecision(kind));
        EntityData twice = Fixtures.clicks(5, 40, 5, 1);
        EntityData weighted = Fixtures.clicks(5, 40, 5, 1);
        twice.addRowOf(twice, 11);
        weighted.setWeight(11, 2 * weighted.weights()[11]);
        Posterior one = update.update(null, twice);
        Posterior other = update.update(null, weighted);
        assertThat(one.means()).containsExactly(other.means(), within(1e-7));
        assertThat(one.precisions()).containsExactly(other.precisions(), within(1e-7));
        Posterior later = update.update(one, Fixtures.clicks(6, 40, 5, 1));
        for (int j = 0; j < later.size(); j++) {
            assertThat(later.precision(j, j)).isGreaterThan(one.precision(j, j));
        }
    }

    @Test
    void withoutMemoryThePastDoesNotCount() {
        EntityData batch = Fixtures.clicks(7, 30, 4, 1);
        SequentialUpdate update =
                new SequentialUpdate(SequentialSettings.exact(Loss.LOGISTIC, 1).withMemory(0));
        Posterior fresh = update.update(null, batch);
        Posterior after = update.update(update.update(null, Fixtures.clicks(1, 500, 4, 1)), batch);
        assertThat(after.means()).containsExactly(fresh.means(), within(1e-7));
        assertThat(after.precisions()).containsExactly(fresh.precisions(), within(1e-7));
    }

    @Test
    void forgettingMixesPastAndPenalty() {
        Posterior past =
                new Posterior(new int[] {-1, 4}, new double[] {1, -2}, Precision.DIAGONAL, new double[] {3, 8});
        SequentialSettings settings = SequentialSettings.exact(Loss.SQUARED, 5).withMemory(0.6);
        EntityData nothing = new EntityData();
        nothing.begin("e");
        Posterior after = new SequentialUpdate(settings).update(past, nothing);
        // precision 0.6·3 + 0.4·5, mean 0.6·3·1 over it
        assertThat(after.precision(0, 0)).isCloseTo(3.8, within(1e-12));
        assertThat(after.means()[0]).isCloseTo(1.8 / 3.8, within(1e-9));
        assertThat(after.precision(1, 1)).isCloseTo(6.8, within(1e-12));
        assertThat(after.means()[1]).isCloseTo(-2 * 4.8 / 6.8, within(1e-9));
    }

    @Test
    void featuresThatJoinHaveThePenaltyAndOldOnesStay() {
        Posterior past = new Posterior(new int[] {2, 9}, new double[] {1, 2}, Precision.FULL, new double[] {4, 1, 5});
        SequentialSettings settings = new SequentialSettings(Loss.SQUARED, false, 1, 0.5, Precision.FULL, Compat.NONE);
        EntityData batch = new EntityData();
        batch.begin("e");
        batch.addRow(0, 1, 2, 0);
        batch.addFeature(5, 3);
        Posterior after = new SequentialUpdate(settings).update(past, batch);
        assertThat(after.features()).containsExactly(2, 5, 9);
        assertThat(after.means()).containsExactly(new double[] {1, 6 / 18.5, 2}, within(1e-9));
        assertThat(after.precisions()).containsExactly(new double[] {4, 0, 18.5, 1, 0, 5}, within(1e-12));
    }

    @Test
    void lambdasHessianLeavesWeightsOut() {
        EntityData light = Fixtures.clicks(2, 60, 3, 1);
        EntityData heavy = Fixtures.clicks(2, 60, 3, 1);
        for (int row = 0; row < 60; row++) {
            light.setWeight(row, 1);
            heavy.setWeight(row, 10);
        }
        SequentialSettings settings = SequentialSettings.exact(Loss.LOGISTIC, 1e-6);
        SequentialUpdate right = new SequentialUpdate(settings);
        SequentialUpdate lambda = new SequentialUpdate(settings.withCompat(Compat.LAMBDA));
        double ratio = right.update(null, heavy).precision(0, 0)
                / right.update(null, light).precision(0, 0);
        double lambdaRatio = lambda.update(null, heavy).precision(0, 0)
                / lambda.update(null, light).precision(0, 0);
        assertThat(ratio).isCloseTo(10, within(1e-3));
        assertThat(lambdaRatio).isCloseTo(1, within(1e-3));
        assertThat(lambda.update(null, heavy).means())
                .containsExactly(right.update(null, heavy).means(), within(1e-6));
    }

    @Test
    void lambdasSquaredLossLeavesWeightsOutAndTakesTheLogisticCurvature() {
        EntityData light = Fixtures.clicks(2, 60, 3, 1);
        EntityData heavy = Fixtures.clicks(2, 60, 3, 1);
        for (int row = 0; row < 60; row++) {
            light.setWeight(row, 1);
            heavy.setWeight(row, 10);
        }
        SequentialSettings settings = SequentialSettings.exact(Loss.SQUARED, 3).withMemory(0);
        SequentialUpdate right = new SequentialUpdate(settings);
        SequentialUpdate lambda = new SequentialUpdate(settings.withCompat(Compat.LAMBDA));
        Posterior lambdaLight = lambda.update(null, light);
        Posterior lambdaHeavy = lambda.update(null, heavy);
        assertThat(lambdaHeavy.means()).isEqualTo(lambdaLight.means());
        assertThat(right.update(null, heavy).means()[1])
                .isNotCloseTo(lambdaHeavy.means()[1], within(1e-4));
        assertThat(right.update(null, light).means()).containsExactly(lambdaLight.means(), within(1e-9));
        assertThat(right.update(null, light).precision(0, 0)).isCloseTo(63, within(1e-9)); // 60 rows and p
        assertThat(lambdaLight.precision(0, 0)).isBetween(0.0, 15.0); // a quarter of the rows at most
    }

    @Test
    void lambdaGivesUpWhereTheExponentialOverflows() {
        Posterior past = new Posterior(new int[] {-1}, new double[] {0.5}, Precision.DIAGONAL, new double[] {1});
        EntityData batch = new EntityData();
        batch.begin("e");
        batch.addRow(0, 0, 1, 800);
        batch.addRow(1, 1, 1, 0);
        SequentialSettings settings = SequentialSettings.exact(Loss.LOGISTIC, 1);
        assertThat(new SequentialUpdate(settings.withCompat(Compat.LAMBDA)).update(past, batch))
                .isSameAs(past);
        assertThat(new SequentialUpdate(settings).update(past, batch).means()[0])
                .isLessThan(0.4);
    }

    @Test
    void lambdaTakesEveryLabelButOneForZero() {
        EntityData batch = new EntityData();
        batch.begin("e");
        batch.addRow(0, 0.5, 1, 0);
        SequentialSettings settings = SequentialSettings.exact(Loss.LOGISTIC, 1);
        assertThat(new SequentialUpdate(settings).update(null, batch).means()[0])
                .isZero();
        assertThat(new SequentialUpdate(settings.withCompat(Compat.LAMBDA))
                        .update(null, batch)
                        .means()[0])
                .isLessThan(-0.3);
    }

    @Test
    void severalKindsLearnFromOneBatchEachOnTopOfTheOthers() {
        Map<String, Posterior> kept = new HashMap<>();
        PosteriorStore store = new PosteriorStore() {
            @Override
            public @Nullable Posterior get(String kind, String entity) {
                return kept.get(kind + "/" + entity);
            }

            @Override
            public void put(String kind, String entity, Posterior posterior) {
                kept.put(kind + "/" + entity, posterior);
            }
        };
        SequentialSettings settings = SequentialSettings.exact(Loss.SQUARED, 1);
        Map<String, SequentialSettings> kinds = new LinkedHashMap<>();
        kinds.put("user", settings);
        kinds.put("movie", settings);
        OnlineEffects effects = new OnlineEffects(kinds, store);
        EntityData rows = new EntityData();
        rows.begin("batch");
        rows.addRow(0, 4, 1, 1);
        rows.addRow(1, 4, 1, 1);
        OnlineEffects.KindBatch users = new OnlineEffects.KindBatch("user", new String[] {"a", "b"}, rows);
        OnlineEffects.KindBatch movies = new OnlineEffects.KindBatch("movie", new String[] {"m", "m"}, rows);
        effects.update(List.of(users, movies));
        // user: (4 - 1) / 2 each; the movie then has 1.5 left twice: 3 / 3
        assertThat(effects.score(users)).containsExactly(new double[] {1.5, 1.5}, within(1e-9));
        assertThat(effects.score(movies)).containsExactly(new double[] {1, 1}, within(1e-9));
        assertThatThrownBy(() -> effects.update(List.of(new OnlineEffects.KindBatch("shop", new String[2], rows))))
                .hasMessageContaining("want a kind of [user, movie]");
    }

    private static EntityData part(EntityData whole, int from, int to) {
        EntityData data = new EntityData();
        data.begin(whole.entity());
        for (int row = from; row < to; row++) {
            data.addRowOf(whole, row);
        }
        return data;
    }
}
