package io.dlrm4j.core.nn;

import static io.dlrm4j.core.blas.MatrixProducts.Form.KEEP;
import static io.dlrm4j.core.blas.MatrixProducts.Form.TRANSPOSE;

import io.dlrm4j.core.memory.Floats;
import org.jspecify.annotations.Nullable;

/// A linear layer and ReLU: `y = max(x Wᵀ + b, 0)`.
///
/// @param parameters views of the flat buffers
/// @param numerics who computes
record ReluLayer(LayerParameters parameters, Numerics numerics) implements Layer {
    @Override
    public void forward(Floats input, Floats output, int n) {
        LayerParameters p = parameters;
        if (n > 0) {
            numerics.products().multiply(KEEP, TRANSPOSE, n, p.out(), p.in(), input, p.weight(), output, false);
            numerics.kernels().addBiasRelu(output, p.bias(), n);
        }
    }

    @Override
    public void backward(Floats input, Floats output, Floats dOutput, @Nullable Floats dInput, int n, boolean add) {
        LayerParameters p = parameters;
        if (!add) {
            p.dBias().fill(0f);
        }
        numerics.kernels().reluBackward(dOutput, output, p.dBias(), n);
        if (n > 0) {
            numerics.products().multiply(TRANSPOSE, KEEP, p.out(), p.in(), n, dOutput, input, p.dWeight(), add);
            if (dInput != null) {
                numerics.products().multiply(KEEP, KEEP, n, p.in(), p.out(), dOutput, p.weight(), dInput, false);
            }
        } else if (!add) {
            p.dWeight().fill(0f);
        }
    }
}
