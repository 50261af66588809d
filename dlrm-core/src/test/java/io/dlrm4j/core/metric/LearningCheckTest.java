package io.dlrm4j.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LearningCheckTest {
    private static final double BASE_RATE = 0.25;
    private static final double LOGIT = Math.log(BASE_RATE / (1 - BASE_RATE));

    /// @param signal by how much the logit of label 1 is higher on average
    /// @param noise width of the logits around
    private static String verdict(int samples, double signal, double noise) {
        SplittableRandom random = new SplittableRandom(9);
        ScoreCollector collector = new ScoreCollector();
        for (int i = 0; i < samples; i++) {
            float label = random.nextDouble() < BASE_RATE ? 1 : 0;
            collector.append((float) (LOGIT + signal * label + noise * (random.nextDouble() - 0.5)), label);
        }
        return LearningCheck.verdict(collector.metrics());
    }

    @Test
    void constantPredictionsAreSaid() {
        assertThat(verdict(10_000, 0, 0))
                .startsWith("the model has learned nothing: all 10000 predictions are 0.2500; AUC 0.5000 is chance; "
                        + "log loss 0.5")
                .contains("is that of always answering the base rate 0.25");
    }

    @Test
    void anAucOfChanceIsSaid() {
        assertThat(verdict(10_000, 0, 4))
                .startsWith("the model has learned nothing: AUC 0.")
                .contains("is chance")
                .doesNotContain("predictions", "log loss");
    }

    @Test
    void aLossOfTheBaseRateIsSaidThoughScoresDifferALittle() {
        assertThat(verdict(100_000, 0, 0.01)).contains("AUC", "log loss").doesNotContain("predictions are");
    }

    @Test
    void whatHasLearnedIsNotAccused() {
        assertThat(verdict(10_000, 1, 4)).isEmpty();
        assertThat(verdict(1_000, 1, 4)).isEmpty();
        assertThat(verdict(10_000, 0.5, 0.1)).isEmpty();
    }

    @Test
    void aLossIsStuckWithinAThousandthOfTheEntropyOfTheBaseRate() {
        assertThat(LearningCheck.stuck(0.56234, 0.25))
                .isEqualTo("log loss 0.56234 is that of always answering the base rate 0.2500: 0.56234");
        assertThat(LearningCheck.stuck(0.5617, 0.25)).isEmpty();
        assertThat(LearningCheck.stuck(0.5630, 0.25)).isEmpty();
        assertThat(LearningCheck.stuck(Double.NaN, 0.25)).isEmpty();
        assertThat(LearningCheck.stuck(0, 1)).isEmpty();
    }

    @Test
    void fewSamplesProveNothing() {
        assertThat(verdict(60, 0.5, 2)).isEmpty();
    }

    @Test
    void samplesOfOneLabelProveNothing() {
        ScoreCollector collector = new ScoreCollector();
        assertThat(LearningCheck.verdict(collector.metrics())).isEmpty();
        collector.append(1, 1);
        collector.append(1, 1);
        assertThat(collector.metrics().spread()).isZero();
        assertThat(LearningCheck.verdict(collector.metrics())).isEmpty();
        collector.append(-3, 0);
        assertThat(collector.metrics().spread()).isEqualTo(4);
    }
}
