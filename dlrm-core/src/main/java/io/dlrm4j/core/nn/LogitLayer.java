package io.dlrm4j.core.nn;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// The last layer of the top MLP: linear, of width 1.
final class LogitLayer implements Layer {
    private final LayerParameters p;
    private final Numerics numerics;
    private final Floats output;
    private final Floats dOutput;

    LogitLayer(String name, LayerParameters parameters, Numerics numerics, int maxSamples, OffHeap memory) {
        this.p = parameters;
        this.numerics = numerics;
        this.output = memory.floats(name + " output", maxSamples);
        this.dOutput = memory.floats(name + " gradient", maxSamples);
    }

    @Override
    public LayerParameters parameters() {
        return p;
    }

    @Override
    public Floats output() {
        return output;
    }

    @Override
    public Floats dOutput() {
        return dOutput;
    }

    @Override
    public void forward(Floats input, int n) {
        numerics.kernels().logitForward(input, p.weight(), p.bias(), output, n);
    }

    @Override
    public void backward(Floats input, @Nullable Floats dInput, int n) {
        if (dInput == null) {
            throw new IllegalArgumentException("logit layer: dInput=null, want the gradient by the interaction");
        }
        numerics.kernels().logitBackward(input, p.weight(), dOutput, dInput, p.dWeight(), p.dBias(), n);
    }
}
