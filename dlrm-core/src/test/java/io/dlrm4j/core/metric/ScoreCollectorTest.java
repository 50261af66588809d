package io.dlrm4j.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoreCollectorTest {
    private static final double ROUNDING = 1e-12;

    @Test
    void aucIsTheShareOfAllPairsInOrderWithTiesCountedHalf() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int samples = 2 + random.nextInt(600);
            int levels = 1 + random.nextInt(40); // few levels: many ties
            float[] logits = new float[samples];
            float[] labels = new float[samples];
            for (int i = 0; i < samples; i++) {
                logits[i] = (random.nextInt(levels) - levels / 2) * 0.25f;
                labels[i] = i == 0 ? 1 : i == 1 ? 0 : random.nextInt(2);
            }
            assertThat(collect(logits, labels).metrics().auc())
                    .as("seed %d", seed)
                    .isEqualTo(aucOfAllPairs(logits, labels));
        }
    }

    @Test
    void everyOrderAndEveryCutGivesTheSameBits() {
        Random random = new Random(5);
        int samples = 5000;
        float[] logits = new float[samples];
        float[] labels = new float[samples];
        for (int i = 0; i < samples; i++) {
            logits[i] = (float) random.nextGaussian();
            labels[i] = random.nextInt(4) == 0 ? 1 : 0;
        }
        BinaryMetrics metrics = collect(logits, labels).metrics();
        ScoreCollector backwards = new ScoreCollector(1);
        for (int i = samples - 1; i >= 0; i--) {
            backwards.append(logits[i], labels[i]);
        }
        assertThat(backwards.metrics()).isEqualTo(metrics);
        assertThat(backwards.metrics()).as("asked again").isEqualTo(metrics);
    }

    @Test
    void appendingAfterTheMetricsWereAskedForCounts() {
        ScoreCollector collector = collect(new float[] {1, -1}, new float[] {1, 0});
        assertThat(collector.metrics().auc()).isEqualTo(1);
        collector.append(-2, 1);
        assertThat(collector.metrics().auc()).isEqualTo(0.5);
        collector.clear();
        collector.append(3, 1);
        assertThat(collector.metrics().samples()).isEqualTo(1);
    }

    @Test
    void appendsTheStartOfABlock() {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats logits = Floats.of(memory, "logits", 1, 2, -3, 9);
            Floats labels = Floats.of(memory, "labels", 0, 1, 0, 9);
            ScoreCollector collector = new ScoreCollector();
            collector.append(logits, labels, 3);
            assertThat(collector.metrics())
                    .isEqualTo(collect(new float[] {1, 2, -3}, new float[] {0, 1, 0})
                            .metrics());
        }
    }

    @Test
    void agreesWithTheDefinitionsWrittenOut() {
        float[] logits = {0.3f, -1.2f, 2.5f, -0.1f, 0};
        float[] labels = {1, 0, 1, 1, 0};
        double loss = 0;
        double probability = 0;
        for (int i = 0; i < logits.length; i++) {
            double p = 1 / (1 + Math.exp(-logits[i]));
            loss -= labels[i] == 1 ? Math.log(p) : Math.log(1 - p);
            probability += p;
        }
        double entropy = -0.6 * Math.log(0.6) - 0.4 * Math.log(0.4);
        BinaryMetrics metrics = collect(logits, labels).metrics();
        assertThat(metrics.samples()).isEqualTo(5);
        assertThat(metrics.baseRate()).isEqualTo(0.6);
        assertThat(metrics.logLoss()).isEqualTo(loss / 5, within(ROUNDING));
        assertThat(metrics.normalizedEntropy()).isEqualTo(loss / 5 / entropy, within(ROUNDING));
        assertThat(metrics.calibration()).isEqualTo(probability / 5 / 0.6, within(ROUNDING));
        assertThat(metrics.accuracy()).isEqualTo(0.8);
        assertThat(metrics.auc()).isEqualTo(5 / 6.0);
    }

    @Test
    void alwaysAnsweringTheBaseRateHasNormalizedEntropyOneAndCalibrationOne() {
        float logit = (float) Math.log(0.25 / 0.75);
        BinaryMetrics metrics = collect(new float[] {logit, logit, logit, logit}, new float[] {0, 1, 0, 0})
                .metrics();
        assertThat(metrics.normalizedEntropy()).isEqualTo(1, within(1e-7));
        assertThat(metrics.calibration()).isEqualTo(1, within(1e-7));
        assertThat(metrics.auc()).isEqualTo(0.5);
    }

    @Test
    void aProbabilityThatIsOneHalfAsAFloatRoundsToZero() {
        float[] half = {0, -0f, 1e-8f};
        assertThat(collect(half, new float[] {0, 0, 0}).metrics().accuracy()).isEqualTo(1);
        assertThat(collect(half, new float[] {1, 1, 1}).metrics().accuracy()).isZero();
        assertThat(collect(new float[] {1e-6f}, new float[] {1}).metrics().accuracy())
                .isEqualTo(1);
    }

    @Test
    void negativeZeroTiesWithZero() {
        assertThat(collect(new float[] {-0f, 0f}, new float[] {1, 0}).metrics().auc())
                .isEqualTo(0.5);
        assertThat(collect(new float[] {-0f, 0f}, new float[] {0, 1}).metrics().auc())
                .isEqualTo(0.5);
    }

    @Test
    void extremeLogitsStayFinite() {
        BinaryMetrics metrics =
                collect(new float[] {1000, -1000, -1000}, new float[] {1, 0, 1}).metrics();
        assertThat(metrics.logLoss()).isEqualTo(1000 / 3.0, within(1e-9));
        BinaryMetrics certain = collect(
                        new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}, new float[] {1, 0})
                .metrics();
        assertThat(certain.logLoss()).isZero();
        assertThat(certain.auc()).isEqualTo(1);
        assertThat(collect(new float[] {1e-6f}, new float[] {1}).metrics().logLoss())
                .isEqualTo(Math.log(2) - 5e-7, within(1e-12));
    }

    @Test
    void whatIsNotDefinedIsNaN() {
        BinaryMetrics none = new ScoreCollector().metrics();
        assertThat(none.samples()).isZero();
        assertThat(none.logLoss()).isNaN();
        assertThat(none.auc()).isNaN();
        assertThat(none.baseRate()).isNaN();
        BinaryMetrics zeros = collect(new float[] {1, 2}, new float[] {0, 0}).metrics();
        assertThat(zeros.auc()).isNaN();
        assertThat(zeros.normalizedEntropy()).isNaN();
        assertThat(zeros.calibration()).isNaN();
        assertThat(zeros.logLoss()).isPositive();
        BinaryMetrics ones = collect(new float[] {1, 2}, new float[] {1, 1}).metrics();
        assertThat(ones.auc()).isNaN();
        assertThat(ones.normalizedEntropy()).isNaN();
        assertThat(ones.calibration()).isBetween(0.5, 1.0);
    }

    @Test
    void oneScoreThatIsNaNShows() {
        BinaryMetrics metrics =
                collect(new float[] {1, Float.NaN, -1}, new float[] {1, 0, 0}).metrics();
        assertThat(metrics.logLoss()).isNaN();
        assertThat(metrics.auc()).isNaN();
        assertThat(metrics.samples()).isEqualTo(3);
        assertThat(metrics.baseRate()).isEqualTo(1 / 3.0);
    }

    @Test
    void refusesOtherLabels() {
        ScoreCollector collector = collect(new float[] {1, 2}, new float[] {1, 0});
        assertThatThrownBy(() -> collector.append(1, 0.5f))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("label 0.5 of sample 2, want 0 or 1");
        assertThat(collector.samples()).isEqualTo(2);
    }

    private static ScoreCollector collect(float[] logits, float[] labels) {
        ScoreCollector collector = new ScoreCollector(2);
        for (int i = 0; i < logits.length; i++) {
            collector.append(logits[i], labels[i]);
        }
        return collector;
    }

    private static double aucOfAllPairs(float[] logits, float[] labels) {
        double pairs = 0;
        double wins = 0;
        for (int i = 0; i < logits.length; i++) {
            for (int j = 0; j < logits.length; j++) {
                if (labels[i] == 1 && labels[j] == 0) {
                    pairs++;
                    wins += logits[i] > logits[j] ? 1 : logits[i] == logits[j] ? 0.5 : 0;
                }
            }
        }
        return wins / pairs;
    }
}
