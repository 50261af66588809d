package io.dlrm4j.core.nn;

import io.dlrm4j.core.memory.Floats;
import org.jspecify.annotations.Nullable;

/// One layer of an [Mlp]; holds parameters alone, so that any block of samples can pass through it.
sealed interface Layer permits ReluLayer, LogitLayer {
    /// @return this layer's views of the flat buffers
    LayerParameters parameters();

    /// @param input `[n, in]`
    /// @param output receives `[n, out]`
    void forward(Floats input, Floats output, int n);

    /// Takes the derivative of [#forward].
    ///
    /// @param input as given to [#forward]
    /// @param output as left by [#forward]
    /// @param dOutput gradient by the output, `[n, out]`; overwritten
    /// @param dInput receives the gradient by the input, `[n, in]`; null where nobody needs it
    /// @param add whether the gradients of weight and bias are added to those of earlier blocks, else overwritten
    void backward(Floats input, Floats output, Floats dOutput, @Nullable Floats dInput, int n, boolean add);
}
