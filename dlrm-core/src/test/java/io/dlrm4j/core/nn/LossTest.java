package io.dlrm4j.core.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LossTest {
    private static final Offset<Double> EXACT = Offset.offset(1e-12);

    private final OffHeap memory = OffHeap.unlimited("test");
    private final Floats dLogits = memory.floats("dLogits", 2);

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void bceIsTheNegativeLogLikelihoodSummedOverTheSamples() {
        assertThat(sum(LossKind.BCE, 0f, 0.5f)).isCloseTo(2 * Math.log(2), EXACT);
        assertThat(dLogits.toArray()).containsExactly(-0.25f, 0.25f);
    }

    @Test
    void mseIsTheSquaredErrorOfTheProbability() {
        assertThat(sum(LossKind.MSE, 0f, 4f)).isCloseTo(0.5, EXACT);
        assertThat(dLogits.toArray()).containsExactly(-1f, 1f);
    }

    @Test
    void noLogitOverflows() {
        for (float z : new float[] {50f, 1000f, Float.MAX_VALUE}) {
            assertThat(sum(LossKind.BCE, z, 1f)).isCloseTo(Math.min(z, 100), EXACT);
            assertThat(dLogits.toArray()).containsExactly(new float[] {0f, 1f}, Offset.offset(1e-12f));
            assertThat(sum(LossKind.BCE, -z, 1f)).isCloseTo(Math.min(z, 100), EXACT);
            assertThat(dLogits.toArray()).containsExactly(new float[] {-1f, 0f}, Offset.offset(1e-12f));
            assertThat(sum(LossKind.MSE, z, 1f)).isCloseTo(1, EXACT);
            assertThat(dLogits.toArray()).containsExactly(new float[] {0f, 0f}, Offset.offset(1e-12f));
        }
    }

    @Test
    void whatIsNotFiniteStaysVisible() {
        for (LossKind kind : LossKind.values()) {
            assertThat(sum(kind, Float.NaN, 1f)).isNaN();
            assertThat(dLogits.get(0)).isNaN();
            assertThat(sum(kind, Float.POSITIVE_INFINITY, 1f)).isNaN();
            assertThat(sum(kind, Float.NEGATIVE_INFINITY, 1f)).isNaN();
        }
    }

    /// Two samples of the same logit, of labels 1 and 0.
    private double sum(LossKind kind, float logit, float scale) {
        Floats logits = Floats.of(memory, "logits", logit, logit);
        return Loss.sum(kind, logits, Floats.of(memory, "labels", 9f, 1f, 0f), 1, scale, dLogits, 2);
    }
}
