package io.dlrm4j.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.core.config.OptimizerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LearningRateTest {
    private static final double ROUNDING = 1e-15;

    @Test
    void replaysTheRatesOfTheReferenceImplementation() throws IOException {
        Path file = Path.of(System.getProperty("golden.dir", "")).resolve("lr-policy.json");
        assumeTrue(Files.isRegularFile(file), "golden.dir holds no lr-policy.json");
        JsonNode settings = new ObjectMapper().readTree(file.toFile());
        assertThat(settings).isNotEmpty();
        for (JsonNode setting : settings) {
            LearningRate rate = new LearningRate(
                    setting.get("base_lr").asDouble(),
                    setting.get("num_warmup_steps").asInt(),
                    setting.get("decay_start_step").asInt(),
                    setting.get("num_decay_steps").asInt());
            JsonNode expected = setting.get("lr_at_step");
            for (int step = 0; step < expected.size(); step++) {
                double want = expected.get(step).asDouble();
                assertThat(rate.at(step)).as("%s, step %d", rate, step).isEqualTo(want, within(want * ROUNDING));
            }
        }
    }

    @Test
    void isConstantWithoutWarmupAndDecay() {
        LearningRate rate = LearningRate.constant(0.1);
        assertThat(rate.at(0)).isEqualTo(0.1);
        assertThat(rate.at(10_000_000_000L)).isEqualTo(0.1);
    }

    @Test
    void warmsUpInALineAndStaysAtTheBaseWithoutDecay() {
        LearningRate rate = new LearningRate(0.8, 4, 0, 0);
        assertThat(rate.at(0)).isEqualTo(0.2, within(ROUNDING));
        assertThat(rate.at(2)).isEqualTo(0.6, within(ROUNDING));
        assertThat(rate.at(3)).isEqualTo(0.8);
        assertThat(rate.at(1000)).isEqualTo(0.8);
    }

    @Test
    void keepsTheLastRateOfTheWarmupUntilTheDecayBegins() {
        LearningRate rate = new LearningRate(1, 10, 20, 10);
        assertThat(rate.at(8)).isEqualTo(0.9);
        assertThat(rate.at(18)).isEqualTo(0.9);
        assertThat(rate.at(19)).isEqualTo(1);
        assertThat(rate.at(20)).isEqualTo(0.81, within(ROUNDING));
    }

    @Test
    void keepsTheLastRateOfTheDecayForEver() {
        LearningRate rate = new LearningRate(1, 0, 1, 10);
        assertThat(rate.at(9)).isEqualTo(0.01, within(ROUNDING));
        assertThat(rate.at(10)).isEqualTo(0.01, within(ROUNDING));
        assertThat(rate.at(Integer.MAX_VALUE * 4L)).isEqualTo(0.01, within(ROUNDING));
    }

    @Test
    void staysAtTheBaseUntilTheDecayWhenThereIsNoWarmup() {
        assertThat(new LearningRate(0.5, 0, 100, 10).at(50)).isEqualTo(0.5);
        assertThat(new LearningRate(0.5, 1, 100, 10).at(50)).isEqualTo(0.5);
    }

    @Test
    void neverDecaysBelowTheFloor() {
        assertThat(new LearningRate(1e-3, 0, 1, 1000).at(999)).isEqualTo(1e-7);
    }

    @Test
    void readsTheConfiguration() {
        OptimizerConfig config = OptimizerConfig.newBuilder()
                .setLearningRate(2)
                .setWarmupSteps(3)
                .setDecayStartStep(4)
                .setDecaySteps(5)
                .build();
        assertThat(LearningRate.of(config)).isEqualTo(new LearningRate(2, 3, 4, 5));
    }

    @Test
    void refusesWhatDoesNotFitAndNamesTheSetting() {
        assertThatThrownBy(() -> new LearningRate(0.1, 10, 5, 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("optimizer.decay_start_step=5, want optimizer.warmup_steps=10 or more");
        assertThatThrownBy(() -> new LearningRate(0.1, -1, 0, 0))
                .hasMessage("optimizer.warmup_steps=-1, want 0 or more");
        assertThatThrownBy(() -> new LearningRate(0.1, 0, 0, -2))
                .hasMessage("optimizer.decay_steps=-2, want 0 or more");
        assertThatThrownBy(() -> LearningRate.constant(Double.NaN))
                .hasMessage("optimizer.learning_rate=NaN, want a finite number, 0 or more");
    }
}
