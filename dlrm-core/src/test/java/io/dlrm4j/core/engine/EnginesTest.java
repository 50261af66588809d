package io.dlrm4j.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnginesTest {
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void anEngineKnowsTheNameItIsChosenBy(String name) {
        try (Engine engine = Engines.byName(name, 1)) {
            assertThat(engine.name()).isEqualTo(name);
            assertThat(engine.description()).isNotBlank().doesNotContain("\n");
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> Engines.byName("gpu", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("train.engine=gpu, want cpu or nd4j");
    }
}
