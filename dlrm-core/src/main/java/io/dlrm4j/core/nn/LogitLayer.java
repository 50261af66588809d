package io.dlrm4j.core.nn;

import io.dlrm4j.core.memory.Floats;
import org.jspecify.annotations.Nullable;

/// The last layer of the top MLP: linear, of width 1.
///
/// @param parameters views of the flat buffers
/// @param numerics who computes
record LogitLayer(LayerParameters parameters, Numerics numerics) implements Layer {
    @Override
    public void forward(Floats input, Floats output, int n) {
        numerics.kernels().logitForward(input, parameters.weight(), parameters.bias(), output, n);
    }

    @Override
    public void backward(Floats input, Floats output, Floats dOutput, @Nullable Floats dInput, int n, boolean add) {
        if (dInput == null) {
            throw new IllegalArgumentException("logit layer: dInput=null, want the gradient by the interaction");
        }
        LayerParameters p = parameters;
        if (!add) {
            p.dWeight().fill(0f);
            p.dBias().fill(0f);
        }
        numerics.kernels().logitBackward(input, p.weight(), dOutput, dInput, p.dWeight(), p.dBias(), n);
    }
}
