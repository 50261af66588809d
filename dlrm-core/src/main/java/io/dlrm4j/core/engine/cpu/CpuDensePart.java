package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.nn.Interaction;
import io.dlrm4j.core.nn.Loss;
import io.dlrm4j.core.nn.Mlp;
import io.dlrm4j.core.nn.Numerics;
import java.util.function.LongConsumer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/// The dense part on this machine's cores: our own forward and backward, in place on the memory of two DL4J networks.
public final class CpuDensePart implements DensePart {
    private final DlrmShape shape;
    private final int maxSamples;
    private final UpdateRule rule;
    private final Numerics numerics;
    private final Floats weights;
    private final Floats gradients;
    private final Floats state;
    private final Mlp bottom;
    private final Interaction interaction;
    private final Mlp top;
    private final Dl4jMlps networks;
    private Stage stage = Stage.START;
    private int n;

    /// How far the step has come; each call needs what the one before it left behind.
    private enum Stage {
        START,
        BOTTOM_DONE,
        LOGITS_KNOWN,
        LOSS_TAKEN,
        TOP_DIFFERENTIATED
    }

    CpuDensePart(DlrmShape shape, int maxSamples, UpdateRule rule, Numerics numerics, OffHeap memory) {
        if (maxSamples < 0) {
            throw new IllegalArgumentException("dense part: maxSamples=%d, want 0 or more".formatted(maxSamples));
        }
        this.shape = shape;
        this.maxSamples = maxSamples;
        this.rule = rule;
        this.numerics = numerics;
        long count = shape.denseParameterCount();
        long stateCount = switch (rule.kind()) {
            case SGD -> 0;
            case ADAGRAD -> count;
            case ROW_WISE_ADAGRAD ->
                throw new IllegalArgumentException(
                        "optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD; the row-wise form is for tables");
        };
        this.weights = memory.floats("MLP weights", count);
        this.gradients = memory.floats("MLP gradients", count);
        this.state = memory.floats("MLP optimizer state", stateCount);
        this.bottom = Mlp.bottom(shape, weights, gradients, numerics, maxSamples, memory);
        this.interaction = new Interaction(shape, numerics.kernels(), maxSamples, memory);
        this.top = Mlp.top(shape, weights, gradients, numerics, maxSamples, memory);
        this.networks = Dl4jMlps.over(shape, weights);
    }

    /// @return the bottom MLP on the very weights that are trained; valid until the memory's owner is closed, not to be
    ///     used during a step
    public MultiLayerNetwork bottomNetwork() {
        return networks.bottom();
    }

    /// @return the top MLP, from the interaction's output to the probability, on the very weights that are trained;
    ///     valid until the memory's owner is closed, not to be used during a step
    public MultiLayerNetwork topNetwork() {
        return networks.top();
    }

    /// @return the bottom MLP's output of the last [#bottomForward], `[n, d]` with room for more
    Floats bottomOutput() {
        return bottom.output();
    }

    /// @return the interaction's output of the last [#topForward], `[n, width]` with room for more
    Floats interactionOutput() {
        return interaction.output();
    }

    @Override
    public Floats weights() {
        return weights;
    }

    @Override
    public void weightsChanged() {
        // Weights are read where they lie; nothing is derived from them.
    }

    @Override
    public Floats gradients() {
        return gradients;
    }

    @Override
    public Floats state() {
        return state;
    }

    @Override
    public void bottomForward(Floats dense, int n) {
        if (n < 0 || n > maxSamples) {
            throw new IllegalArgumentException("dense part: n=%d samples, want 0 to %d".formatted(n, maxSamples));
        }
        requireLength("dense features", dense, (long) n * shape.bottom().getFirst());
        this.n = n;
        bottom.forward(dense, n);
        stage = Stage.BOTTOM_DONE;
    }

    @Override
    public Floats topForward(PooledVectors pooled) {
        require(Stage.BOTTOM_DONE, "topForward", "bottomForward");
        if (pooled.tables() != shape.tables().size()) {
            throw new IllegalArgumentException("dense part: pooled vectors of %d tables, want %d"
                    .formatted(pooled.tables(), shape.tables().size()));
        }
        interaction.forward(bottom.output(), pooled, n);
        top.forward(interaction.output(), n);
        stage = Stage.LOGITS_KNOWN;
        return top.output();
    }

    @Override
    public double loss(Floats labels, float scale) {
        require(Stage.LOGITS_KNOWN, "loss", "topForward");
        requireLength("labels", labels, n);
        stage = Stage.LOSS_TAKEN;
        return Loss.sum(shape.loss(), top.output(), labels, scale, top.dOutput(), n);
    }

    @Override
    public void topBackward(PooledVectors pooled, LongConsumer ready) {
        require(Stage.LOSS_TAKEN, "topBackward", "loss");
        top.backward(interaction.dOutput(), n, ready);
        interaction.backward(bottom.output(), pooled, bottom.dOutput(), n);
        stage = Stage.TOP_DIFFERENTIATED;
    }

    @Override
    public void bottomBackward(LongConsumer ready) {
        require(Stage.TOP_DIFFERENTIATED, "bottomBackward", "topBackward");
        bottom.backward(null, n, ready); // nobody needs the gradient by the dense features
        stage = Stage.START;
    }

    @Override
    public void update(float learningRate) {
        if (rule.kind() == OptimizerKind.ADAGRAD) {
            numerics.kernels().adagrad(weights, gradients, state, learningRate, rule.eps());
        } else {
            numerics.kernels().sgd(weights, gradients, learningRate);
        }
    }

    private void require(Stage want, String call, String before) {
        if (stage != want) {
            throw new IllegalStateException(
                    "dense part: %s after %s, want it right after %s".formatted(call, stage, before));
        }
    }

    private static void requireLength(String what, Floats values, long want) {
        if (values.length() < want) {
            throw new IllegalArgumentException(
                    "dense part: %s: %d floats, want %d or more".formatted(what, values.length(), want));
        }
    }

    /// Does nothing: the memory belongs to the owner it came from.
    @Override
    public void close() {}
}
