package io.dlrm4j.effects.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
    private static final double[] SCORES = {0.9, 0.8, 0.8, 0.3, 0.1, 0.7};
    private static final double[] LABELS = {1, 1, 0, 0, 1, 0};
    private static final double[] WEIGHTS = {1, 2, 1, 3, 1, 2};
    private static final ScoredSamples SAMPLES =
            new ScoredSamples(SCORES, LABELS, WEIGHTS, Map.of("user", new int[] {0, 0, 1, 1, 1, 2}));

    @Test
    void aucIsTheWeightedShareOfPairsInOrder() {
        Random random = new Random(4);
        double[] scores = random.doubles(200).map(s -> Math.round(20 * s)).toArray(); // many ties
        double[] labels = random.doubles(200).map(s -> s < 0.4 ? 1 : 0).toArray();
        double[] weights = random.doubles(200).toArray();
        double wins = 0;
        double pairs = 0;
        for (int i = 0; i < 200; i++) {
            for (int j = 0; j < 200; j++) {
                if (labels[i] == 1 && labels[j] == 0) {
                    double pair = weights[i] * weights[j];
                    pairs += pair;
                    wins += scores[i] > scores[j] ? pair : scores[i] == scores[j] ? 0.5 * pair : 0;
                }
            }
        }
        ScoredSamples samples = new ScoredSamples(scores, labels, weights, Map.of());
        assertThat(evaluate("AUC", Compat.NONE, samples)).isCloseTo(wins / pairs, within(1e-12));
        assertThat(evaluate("AUC", Compat.PHOTON, samples)).isCloseTo(wins / pairs, within(1e-12));
    }

    @Test
    void auprIsWeightedAndPhotonsIsNot() {
        // thresholds 0.9, 0.8, 0.7, 0.3, 0.1: weighted hits 1 3 3 3 4 of seen 1 4 6 9 10
        double weighted = (1 * 1 + 2 * 0.5 * (1 + 0.75) + 1 * 0.5 * (3 / 9.0 + 0.4)) / 4;
        // unweighted hits 1 2 2 2 3 of seen 1 3 4 5 6
        double plain = (1 * 1 + 1 * 0.5 * (1 + 2 / 3.0) + 1 * 0.5 * (2 / 5.0 + 0.5)) / 3;
        assertThat(evaluate("AUPR", Compat.NONE, SAMPLES)).isCloseTo(weighted, within(1e-12));
        assertThat(evaluate("AUPR", Compat.PHOTON, SAMPLES)).isCloseTo(plain, within(1e-12));
    }

    @Test
    void rmseDividesByWeightsAndPhotonsByTheNumberOfSamples() {
        double sum = 0;
        for (int i = 0; i < 6; i++) {
            sum += WEIGHTS[i] * (SCORES[i] - LABELS[i]) * (SCORES[i] - LABELS[i]);
        }
        assertThat(evaluate("RMSE", Compat.NONE, SAMPLES)).isCloseTo(Math.sqrt(sum / 10), within(1e-12));
        assertThat(evaluate("RMSE", Compat.PHOTON, SAMPLES)).isCloseTo(Math.sqrt(sum / 6), within(1e-12));
    }

    @Test
    void lossesAreMeansAndPhotonsAreSums() {
        for (String loss : new String[] {"LOGISTIC_LOSS", "POISSON_LOSS", "SQUARED_LOSS", "SMOOTHED_HINGE_LOSS"}) {
            double mean = evaluate(loss, Compat.NONE, SAMPLES);
            assertThat(evaluate(loss, Compat.PHOTON, SAMPLES)).isCloseTo(10 * mean, within(1e-12));
        }
        ScoredSamples one = new ScoredSamples(new double[] {0}, new double[] {1}, new double[] {2}, Map.of());
        assertThat(evaluate("LOGISTIC_LOSS", Compat.NONE, one)).isCloseTo(Math.log(2), within(1e-12));
    }

    @Test
    void entitiesWithoutAnAucAreLeftOutOfTheMean() {
        ScoredSamples samples = new ScoredSamples(
                new double[] {2, 1, 1, 2, 5, 5},
                new double[] {1, 0, 1, 0, 1, 1},
                new double[] {3, 3, 1, 1, 9, 9},
                Map.of("user", new int[] {0, 0, 1, 1, 2, 2}));
        assertThat(evaluate("AUC:user", Compat.NONE, samples)).isCloseTo(6 / 8.0, within(1e-12));
        assertThat(evaluate("AUC:user", Compat.PHOTON, samples)).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void precisionOfAShortListIsOfWhatItHasAndPhotonDividesByK() {
        // user 0: 1 1; user 1: 0 0 1 by falling score; user 2: 0
        assertThat(evaluate("PRECISION@3:user", Compat.NONE, SAMPLES))
                .isCloseTo((3 * 1 + 5 * (1 / 5.0) + 2 * 0) / 10, within(1e-12));
        assertThat(evaluate("PRECISION@3:user", Compat.PHOTON, SAMPLES))
                .isCloseTo((2 / 3.0 + 1 / 3.0 + 0) / 3, within(1e-12));
    }

    @Test
    void namesAreReadAndWritten() {
        for (String name : new String[] {"AUC", "AUPR:movie", "PRECISION@5:userId", "RMSE", "PRECISION@1"}) {
            assertThat(Evaluator.parse(name, Compat.NONE).name()).isEqualTo(name);
        }
        assertThatThrownBy(() -> Evaluator.parse("PRECISION", Compat.NONE)).hasMessageContaining("want AUC");
        assertThatThrownBy(() -> Evaluator.parse("AUC@3", Compat.NONE)).hasMessageContaining("evaluator AUC@3");
        assertThatThrownBy(() -> evaluate("AUC:movie", Compat.NONE, SAMPLES))
                .hasMessageContaining("want one of [user]");
    }

    @Test
    void gdmixNeverFindsTheSmallestError() {
        double[] errors = {1.2, 0.9, 1.1};
        assertThat(Evaluator.parse("RMSE", Compat.NONE).best(errors)).isEqualTo(1);
        assertThat(Evaluator.parse("RMSE", Compat.GDMIX).best(errors)).isEqualTo(-1);
        assertThat(Evaluator.parse("AUC", Compat.GDMIX).best(errors)).isEqualTo(0);
        assertThat(Evaluator.parse("AUC", Compat.NONE).best(new double[] {Double.NaN, 0.6, 0.6}))
                .isEqualTo(1);
    }

    private static double evaluate(String name, Compat compat, ScoredSamples samples) {
        return Evaluator.parse(name, compat).evaluate(samples);
    }
}
