package io.dlrm4j.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.nn.Mlp;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// More threads, and more blocks a thread, compute the same.
class CpuThreadsTest {
    private static final DlrmShape SHAPE = TinyModel.shape(InteractionKind.DOT, true, LossKind.BCE);
    /// One thread takes three blocks, three threads one each.
    private static final int SAMPLES = 2 * Mlp.BLOCK + 89;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, Mlp.BLOCK - 1, Mlp.BLOCK, Mlp.BLOCK + 1, SAMPLES})
    void threadsAndBlocksChangeNothingButRounding(int n) {
        Run one = new Run(1, n);
        for (int threads : new int[] {2, 3}) {
            Run more = new Run(threads, n);
            assertThat(more.loss).isCloseTo(one.loss, Offset.offset(1e-6 * Math.max(1, one.loss)));
            assertThat(more.pooledGradients).containsExactly(one.pooledGradients, Offset.offset(1e-6f));
            assertThat(more.gradients).containsExactly(one.gradients, Offset.offset(1e-5f));
            assertThat(more.logits).containsExactly(one.logits, Offset.offset(1e-5f));
            assertThat(more.ready)
                    .isSortedAccordingTo((a, b) -> Long.compare(b, a))
                    .endsWith(0L);
        }
    }

    @Test
    void theSameNumberOfThreadsGivesTheSameBits() {
        Run first = new Run(3, SAMPLES);
        Run again = new Run(3, SAMPLES);
        assertThat(again.loss).isEqualTo(first.loss);
        assertThat(again.gradients).containsExactly(first.gradients);
        assertThat(again.weights).containsExactly(first.weights);
    }

    @Test
    void updatesReachEveryWeightOnce() {
        for (int threads : new int[] {1, 2, 3, 7}) {
            try (CpuEngine engine = new CpuEngine(threads);
                    TinyModel model = new TinyModel(engine, SHAPE, TinyModel.ADAGRAD, 1)) {
                model.part.weights().fill(1f);
                model.part.gradients().fill(2f);
                model.part.update(0.25f);
                assertThat(model.part.state().toArray()).containsOnly(4f);
                assertThat(model.part.weights().toArray()).containsOnly(0.75f);
            }
        }
    }

    @Test
    void refusesThreadsThatCannotBe() {
        assertThatThrownBy(() -> Engines.byName("cpu", 0)).hasMessage("train.threads=0, want 1 or more");
        assertThatThrownBy(() -> Engines.byName("nd4j", 2))
                .hasMessage("train.threads=2 with train.engine=nd4j, want 1, or the engine cpu");
    }

    /// One step of so many threads, and what came of it.
    private static final class Run {
        final List<Long> ready = new ArrayList<>();
        final double loss;
        final float[] logits;
        final float[] gradients;
        final float[] pooledGradients;
        final float[] weights;

        Run(int threads, int n) {
            try (CpuEngine engine = new CpuEngine(threads);
                    TinyModel model = new TinyModel(engine, SHAPE, TinyModel.ADAGRAD, SAMPLES)) {
                model.part.gradients().fill(7f);
                model.part.bottomForward(model.dense, n, CpuThreadsTest::nothing);
                logits = model.part.topForward(model.pooled).slice(0, n).toArray();
                model.part.bottomForward(model.dense, n, CpuThreadsTest::nothing);
                loss = model.part.topStep(model.pooled, model.labels, 1f / Math.max(1, n), this::tell);
                model.part.bottomBackward(this::tell);
                gradients = model.part.gradients().toArray();
                pooledGradients = model.pooled.gradients().toArray();
                model.part.update(0.01f);
                weights = model.part.weights().toArray();
            }
        }

        private void tell(long offset) {
            if (offset != DenseShare.NONE_YET) {
                ready.add(offset);
            }
        }
    }

    private static void nothing() {}
}
