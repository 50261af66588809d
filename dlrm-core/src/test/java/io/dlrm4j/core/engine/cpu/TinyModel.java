package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// A small model with random weights and one random batch, for the tests of this package.
final class TinyModel implements AutoCloseable {
    static final UpdateRule SGD = new UpdateRule(OptimizerKind.SGD, 0f);
    static final UpdateRule ADAGRAD = new UpdateRule(OptimizerKind.ADAGRAD, 1e-10f);
    static final int SAMPLES = 7;

    final OffHeap memory = OffHeap.unlimited("test");
    final DlrmShape shape;
    final CpuDensePart part;
    final Floats dense;
    final Floats labels;
    final PooledVectors pooled;

    TinyModel(CpuEngine engine, DlrmShape shape, UpdateRule rule, int maxSamples) {
        Random random = new Random(11);
        this.shape = shape;
        this.part = engine.dense(shape, maxSamples, rule, memory);
        this.dense = memory.floats("dense", (long) maxSamples * shape.bottom().getFirst());
        this.labels = memory.floats("labels", maxSamples);
        int tables = shape.tables().size();
        long length = (long) maxSamples * tables * shape.embeddingDim();
        this.pooled = new PooledVectors(memory.floats("pooled", length), memory.floats("dPooled", length), tables);
        for (int t = 0; t < tables; t++) {
            pooled.place(t, (long) t * shape.embeddingDim(), tables * shape.embeddingDim());
        }
        fill(random, part.weights(), 0.7f);
        fill(random, dense, 1f);
        fill(random, pooled.values(), 0.6f);
        for (int s = 0; s < maxSamples; s++) {
            labels.set(s, random.nextInt(2));
        }
    }

    static DlrmShape shape(InteractionKind kind, boolean itself, LossKind loss) {
        int features = 4;
        int dim = 5;
        int width = switch (kind) {
            case DOT -> dim + features * (itself ? features + 1 : features - 1) / 2;
            case CAT -> features * dim;
        };
        return new DlrmShape(
                dim, List.of(3, 6, dim), List.of(width, 9, 4, 1), List.of(8L, 9L, 10L), kind, itself, loss);
    }

    /// The shape of the Criteo Kaggle runs.
    static DlrmShape kaggle() {
        return new DlrmShape(
                16,
                List.of(13, 512, 256, 64, 16),
                List.of(367, 512, 256, 1),
                Collections.nCopies(26, 100L),
                InteractionKind.DOT,
                false,
                LossKind.BCE);
    }

    double step(int n, float learningRate) {
        part.bottomForward(dense, n);
        double loss = part.topStep(pooled, labels, 1f / Math.max(n, 1), TinyModel::ignore);
        part.bottomBackward(TinyModel::ignore);
        part.update(learningRate);
        return loss;
    }

    private static void ignore(long offset) {}

    private static void fill(Random random, Floats floats, float spread) {
        for (long i = 0; i < floats.length(); i++) {
            floats.set(i, (float) (random.nextGaussian() * spread));
        }
    }

    @Override
    public void close() {
        part.close();
        memory.close();
    }
}
