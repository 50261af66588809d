package io.dlrm4j.core.nn;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.Parameter;

/// One layer's views of the flat buffers.
///
/// @param in width of the input
/// @param out width of the output
/// @param offset of the weight within the flat buffers; the bias follows
/// @param weight `[out, in]`
/// @param bias `[out]`
/// @param dWeight gradient by the weight, `[out, in]`
/// @param dBias gradient by the bias, `[out]`
record LayerParameters(int in, int out, long offset, Floats weight, Floats bias, Floats dWeight, Floats dBias) {
    /// @param weight place of the layer's weight
    /// @param bias place of the layer's bias
    /// @param weights flat buffer of all weights and biases
    /// @param gradients flat buffer of their gradients
    static LayerParameters of(Parameter weight, Parameter bias, Floats weights, Floats gradients) {
        return new LayerParameters(
                Math.toIntExact(weight.shape().get(1)),
                Math.toIntExact(weight.shape().get(0)),
                weight.offset(),
                weights.slice(weight.offset(), weight.count()),
                weights.slice(bias.offset(), bias.count()),
                gradients.slice(weight.offset(), weight.count()),
                gradients.slice(bias.offset(), bias.count()));
    }
}
