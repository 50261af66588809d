package io.dlrm4j.core.nn;

import static io.dlrm4j.core.blas.MatrixProducts.Form.KEEP;
import static io.dlrm4j.core.blas.MatrixProducts.Form.TRANSPOSE;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// A linear layer and ReLU: `y = max(x Wᵀ + b, 0)`.
final class ReluLayer implements Layer {
    private final LayerParameters p;
    private final Numerics numerics;
    private final Floats output;
    private final Floats dOutput;

    ReluLayer(String name, LayerParameters parameters, Numerics numerics, int maxSamples, OffHeap memory) {
        this.p = parameters;
        this.numerics = numerics;
        this.output = memory.floats(name + " output", (long) maxSamples * p.out());
        this.dOutput = memory.floats(name + " gradient", (long) maxSamples * p.out());
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
        if (n > 0) {
            numerics.products().multiply(KEEP, TRANSPOSE, n, p.out(), p.in(), input, p.weight(), output);
            numerics.kernels().addBiasRelu(output, p.bias(), n);
        }
    }

    @Override
    public void backward(Floats input, @Nullable Floats dInput, int n) {
        numerics.kernels().reluBackward(dOutput, output, p.dBias(), n);
        if (n == 0) {
            p.dWeight().fill(0f);
            return;
        }
        numerics.products().multiply(TRANSPOSE, KEEP, p.out(), p.in(), n, dOutput, input, p.dWeight());
        if (dInput != null) {
            numerics.products().multiply(KEEP, KEEP, n, p.in(), p.out(), dOutput, p.weight(), dInput);
        }
    }
}
