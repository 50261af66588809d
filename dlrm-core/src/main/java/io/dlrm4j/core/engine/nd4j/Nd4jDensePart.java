package io.dlrm4j.core.engine.nd4j;

import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/// The dense part as INDArray operations. The device holds weights and state; the host's buffers are copies, renewed
/// after each update.
final class Nd4jDensePart implements DensePart {
    private final DlrmShape shape;
    private final int maxSamples;
    private final UpdateRule rule;
    private final Floats weights;
    private final Floats gradients;
    private final Floats state;
    private final Floats logits;
    private final INDArray deviceWeights;
    private final INDArray deviceState;
    private final INDArray features; // [maxSamples, F, d]
    private final INDArray dBottom; // [maxSamples, d]
    private final INDArray dLogits; // [maxSamples, 1]
    private final Nd4jMlp bottom;
    private final Nd4jMlp top;
    private final Nd4jInteraction interaction;
    private int n;

    Nd4jDensePart(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        if (rule.kind() == OptimizerKind.ROW_WISE_ADAGRAD) {
            throw new IllegalArgumentException(
                    "optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD; the row-wise form is for tables");
        }
        this.shape = shape;
        this.maxSamples = maxSamples;
        this.rule = rule;
        long count = shape.denseParameterCount();
        boolean stateful = rule.kind() == OptimizerKind.ADAGRAD;
        int room = Math.max(maxSamples, 1); // ND4J has no use for arrays of no rows
        this.weights = memory.floats("MLP weights", count);
        this.gradients = memory.sharedFloats("MLP gradients", count);
        this.state = memory.floats("MLP optimizer state", stateful ? count : 0);
        this.logits = memory.floats("logits", maxSamples);
        this.deviceWeights = Device.zeros(count);
        this.deviceState = Device.zeros(stateful ? count : 1);
        this.features = Device.zeros(room, shape.features(), shape.embeddingDim());
        this.dBottom = Device.zeros(room, shape.embeddingDim());
        this.dLogits = Device.zeros(room, 1);
        List<Parameter> parameters = shape.denseParameters();
        int ofBottom = 2 * (shape.bottom().size() - 1);
        this.bottom = new Nd4jMlp(parameters.subList(0, ofBottom), deviceWeights, room, true);
        this.top = new Nd4jMlp(parameters.subList(ofBottom, parameters.size()), deviceWeights, room, false);
        this.interaction = new Nd4jInteraction(shape);
    }

    @Override
    public Floats weights() {
        return weights;
    }

    @Override
    public void weightsChanged() {
        try (MemoryWorkspace _ = Device.scratch()) {
            deviceWeights.assign(Device.upload(weights, weights.length()));
            if (state.length() > 0) {
                deviceState.assign(Device.upload(state, state.length()));
            }
        }
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
        this.n = n;
        if (n == 0) {
            return;
        }
        try (MemoryWorkspace _ = Device.scratch()) {
            bottom.forward(Device.upload(dense, n, shape.bottom().getFirst()), n);
        }
    }

    @Override
    public Floats topForward(PooledVectors pooled) {
        if (n > 0) {
            try (MemoryWorkspace _ = Device.scratch()) {
                INDArray v = features();
                Nd4jInteraction.first(v).assign(bottom.output(n));
                if (pooled.tables() > 0) {
                    int dim = shape.embeddingDim();
                    pooled(v).assign(Device.upload(pooled.packedValues(n, dim), n, pooled.tables(), dim));
                }
                Device.download(top.forward(interaction.forward(v), n), logits);
            }
        }
        return logits.slice(0, n);
    }

    @Override
    public boolean givesHidden() {
        return true;
    }

    @Override
    public Floats topForward(PooledVectors pooled, Floats hidden) {
        Floats result = topForward(pooled);
        if (n > 0) {
            try (MemoryWorkspace _ = Device.scratch()) {
                Device.download(top.hidden(n), hidden);
            }
        }
        return result;
    }

    private INDArray features() {
        return features.get(NDArrayIndex.interval(0, n), NDArrayIndex.all(), NDArrayIndex.all());
    }

    /// @return a view of all vectors but the first, `[n, tables, d]`
    private INDArray pooled(INDArray v) {
        return v.get(NDArrayIndex.all(), NDArrayIndex.interval(1, shape.features()), NDArrayIndex.all());
    }

    @Override
    public double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready) {
        topForward(pooled);
        double sum = loss(labels, scale);
        topBackward(pooled, ready);
        return sum;
    }

    private double loss(Floats labels, float scale) {
        if (n == 0) {
            return 0;
        }
        try (MemoryWorkspace _ = Device.scratch()) {
            INDArray y = Device.upload(labels, n, 1).castTo(DataType.DOUBLE);
            INDArray z = top.output(n).castTo(DataType.DOUBLE);
            INDArray p = Transforms.sigmoid(z);
            INDArray error = p.sub(y);
            INDArray losses;
            INDArray d;
            if (shape.loss() == LossKind.BCE) {
                // max(z, 0) - y z + log(1 + exp(-|z|)): nothing overflows
                INDArray tail =
                        Transforms.log(Transforms.exp(Transforms.abs(z).neg()).add(1));
                losses = Transforms.max(z, 0).sub(y.mul(z)).add(tail);
                d = error;
            } else {
                losses = error.mul(error);
                d = error.mul(2).mul(p).mul(p.rsub(1));
            }
            Device.rows(dLogits, 0, n).assign(d.mul(scale).castTo(DataType.FLOAT));
            return losses.sumNumber().doubleValue();
        }
    }

    private void topBackward(PooledVectors pooled, LongConsumer ready) {
        if (n == 0) {
            top.backwardNothing(gradients, ready);
            return;
        }
        try (MemoryWorkspace _ = Device.scratch()) {
            INDArray dCrossed = top.backward(Device.rows(dLogits, 0, n), n, gradients, ready);
            INDArray dV = interaction.backward(features(), dCrossed);
            Device.rows(dBottom, 0, n).assign(Nd4jInteraction.first(dV));
            if (pooled.tables() > 0) {
                pooled.unpackGradients(Device.download(pooled(dV)), n, shape.embeddingDim());
            }
        }
    }

    @Override
    public void bottomBackward(LongConsumer ready) {
        if (n == 0) {
            bottom.backwardNothing(gradients, ready);
            return;
        }
        try (MemoryWorkspace _ = Device.scratch()) {
            bottom.backward(Device.rows(dBottom, 0, n), n, gradients, ready);
        }
    }

    @Override
    public boolean update(float learningRate) {
        try (MemoryWorkspace _ = Device.scratch()) {
            INDArray g = Device.upload(gradients, gradients.length());
            if (rule.kind() == OptimizerKind.ADAGRAD) {
                deviceState.addi(g.mul(g));
                g.divi(Transforms.sqrt(deviceState).addi(rule.eps()));
                Device.download(deviceState, state);
            }
            deviceWeights.subi(g.muli(learningRate));
            Device.download(deviceWeights, weights);
        }
        return weights.firstNotFinite() < 0 && state.firstNotFinite() < 0;
    }

    @Override
    public @Nullable NotFinite firstNotFinite(PooledVectors pooled) {
        NotFinite found = bottom.firstNotFinite(n);
        return found == null ? top.firstNotFinite(n) : found;
    }

    @Override
    public void close() {
        bottom.close();
        top.close();
        for (INDArray array : List.of(deviceWeights, deviceState, features, dBottom, dLogits)) {
            Device.free(array);
        }
    }
}
