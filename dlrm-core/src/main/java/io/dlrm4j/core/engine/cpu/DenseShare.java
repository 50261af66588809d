package io.dlrm4j.core.engine.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.engine.StepPhase;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.nn.Interaction;
import io.dlrm4j.core.nn.Loss;
import io.dlrm4j.core.nn.Mlp;
import io.dlrm4j.core.nn.Numerics;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// One thread's share of the samples, taken through both MLPs block by block.
///
/// The bottom MLP keeps the outputs of all blocks, because the exchange of embeddings lies between its forward and its
/// backward. The top MLP keeps one block: forward, loss and backward of a block follow each other.
final class DenseShare {
    /// Offset beyond all gradients: none has become final.
    static final long NONE_YET = Long.MAX_VALUE;

    private final LossKind loss;
    private final int denseFeatures;
    private final int hiddenWidth;
    private final Floats[] features;
    private final Mlp bottom;
    private final Interaction interaction;
    private final Mlp top;
    private StepClock clock = StepClock.NONE;
    private int first;
    private int n;

    /// @param name prefix of the allocations
    /// @param gradients flat buffer of this share's gradients
    /// @param samples of the largest share
    DenseShare(
            String name,
            DlrmShape shape,
            Floats weights,
            Floats gradients,
            Numerics numerics,
            int samples,
            OffHeap memory) {
        int block = Math.min(samples, Mlp.BLOCK);
        this.loss = shape.loss();
        this.denseFeatures = shape.bottom().getFirst();
        this.hiddenWidth = shape.hiddenWidth();
        Floats all = memory.floats(name + "dense features", (long) samples * denseFeatures);
        this.features = Mlp.cut(all, samples, denseFeatures);
        this.bottom = Mlp.bottom(name, shape, weights, gradients, numerics, samples, memory);
        this.interaction = new Interaction(name, shape, numerics.kernels(), block, memory);
        this.top = Mlp.top(name, shape, weights, gradients, numerics, block, memory);
    }

    /// Tells `clock` from now on.
    void timeWith(StepClock newClock) {
        clock = newClock;
    }

    /// @return the bottom MLP's output of the first block
    Floats bottomOutput() {
        return bottom.output(0);
    }

    /// @return the interaction's output of the block last computed
    Floats interactionOutput() {
        return interaction.output();
    }

    /// @param dense features of all samples, `[first + n or more, features]`
    /// @param first sample of this share
    /// @param n samples of this share
    /// @param between called after each block
    void bottomForward(Floats dense, int first, int n, Runnable between) {
        this.first = first;
        this.n = n;
        for (int b = 0; b < Mlp.blocks(n); b++) {
            int size = Mlp.blockSize(n, b);
            long from = (long) (first + b * Mlp.BLOCK) * denseFeatures;
            MemorySegment.copy(
                    dense.segment(),
                    JAVA_FLOAT_UNALIGNED,
                    from * Float.BYTES,
                    features[b].segment(),
                    JAVA_FLOAT_UNALIGNED,
                    0,
                    (long) size * denseFeatures);
            bottom.forward(b, features[b], size);
            between.run();
        }
    }

    /// @param logits receives this share's, at the places of its samples
    /// @param hidden receives what the last layer saw, at the places of the samples; of length 0: nothing
    void topForward(PooledVectors pooled, Floats logits, Floats hidden) {
        for (int b = 0; b < Mlp.blocks(n); b++) {
            int size = Mlp.blockSize(n, b);
            int from = first + b * Mlp.BLOCK;
            topForward(b, pooled, from, size);
            logits.slice(from, size).copyFrom(top.output(0).slice(0, size));
            if (hidden.length() > 0) {
                long width = hiddenWidth;
                hidden.slice(from * width, size * width).copyFrom(top.hidden(0).slice(0, size * width));
            }
        }
    }

    private void topForward(int b, PooledVectors pooled, int from, int size) {
        clock.enter(StepPhase.INTERACTION);
        interaction.forward(bottom.output(b), pooled, from, size);
        clock.enter(StepPhase.TOP);
        top.forward(0, interaction.output(), size);
    }

    /// @param labels of all samples
    /// @param ready told of every layer whose gradients are final, and of [#NONE_YET] between blocks
    /// @return the sum of this share's losses
    double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready) {
        double sum = 0;
        int blocks = Mlp.blocks(n);
        for (int b = 0; b < blocks; b++) {
            int size = Mlp.blockSize(n, b);
            int from = first + b * Mlp.BLOCK;
            topForward(b, pooled, from, size);
            sum += Loss.sum(loss, top.output(0), labels, from, scale, top.dOutput(0), size);
            LongConsumer told = b == blocks - 1 ? ready : DenseShare::tellNobody;
            clock.enter(StepPhase.BACKWARD_TOP);
            top.backward(0, interaction.output(), interaction.dOutput(), size, b > 0, told);
            clock.enter(StepPhase.BACKWARD_INTERACTION);
            interaction.backward(bottom.output(b), pooled, from, bottom.dOutput(b), size);
            if (b < blocks - 1) {
                ready.accept(NONE_YET);
            }
        }
        return sum;
    }

    /// @param ready told of every layer whose gradients are final, and of [#NONE_YET] between blocks
    void bottomBackward(LongConsumer ready) {
        int blocks = Mlp.blocks(n);
        for (int b = 0; b < blocks; b++) {
            LongConsumer told = b == blocks - 1 ? ready : DenseShare::tellNobody;
            bottom.backward(b, features[b], null, Mlp.blockSize(n, b), b > 0, told);
            if (b < blocks - 1) {
                ready.accept(NONE_YET);
            }
        }
    }

    /// @return the first value of this share's samples that is no finite number, layer by layer, or null
    @Nullable
    NotFinite firstNotFinite(PooledVectors pooled) {
        for (int b = 0; b < Mlp.blocks(n); b++) {
            int size = Mlp.blockSize(n, b);
            int from = first + b * Mlp.BLOCK;
            NotFinite found = bottom.firstNotFinite(b, from, size);
            if (found == null) {
                topForward(b, pooled, from, size); // the top MLP keeps no more than the last block
                found = top.firstNotFinite(0, from, size);
            }
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static void tellNobody(long offset) {}
}
