package io.dlrm4j.effects.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FeatureIndexTest {
    @Test
    void numbersFollowTheOrderOfAddingAndStay() {
        FeatureIndex index = new FeatureIndex();
        for (int i = 0; i < 5000; i++) {
            assertThat(index.add("name" + i % 71, "term" + i)).isEqualTo(i);
        }
        for (int i = 0; i < 5000; i++) {
            assertThat(index.add("name" + i % 71, "term" + i)).isEqualTo(i);
            assertThat(index.name(i) + index.term(i)).isEqualTo("name" + i % 71 + "term" + i);
        }
        assertThat(index.size()).isEqualTo(5000);
        assertThat(index.indexOf("name0", "")).isEqualTo(FeatureIndex.ABSENT);
    }

    @Test
    void aBorderBetweenNameAndTermCounts() {
        FeatureIndex index = new FeatureIndex();
        assertThat(index.add("ab", "c")).isEqualTo(0);
        assertThat(index.add("a", "bc")).isEqualTo(1);
        assertThat(index.add("abc", "")).isEqualTo(2);
    }

    @Test
    void theInterceptIsNoFeature() {
        FeatureIndex index = new FeatureIndex();
        assertThat(index.add("(INTERCEPT)", "")).isEqualTo(FeatureIndex.INTERCEPT);
        assertThat(index.add("(INTERCEPT)", "x")).isEqualTo(0);
        assertThat(index.size()).isEqualTo(1);
        assertThat(index.name(FeatureIndex.INTERCEPT)).isEqualTo("(INTERCEPT)");
    }

    @Test
    void anUnknownNumberIsRefused() {
        assertThatThrownBy(() -> new FeatureIndex().name(0)).hasMessage("feature 0, want 0 to -1");
    }
}
