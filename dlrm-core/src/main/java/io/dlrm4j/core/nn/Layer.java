package io.dlrm4j.core.nn;

import io.dlrm4j.core.memory.Floats;
import org.jspecify.annotations.Nullable;

/// One layer of an [Mlp].
sealed interface Layer permits ReluLayer, LogitLayer {
    /// @return this layer's views of the flat buffers
    LayerParameters parameters();

    /// @return output of the last [#forward], `[n, out]` with room for more
    Floats output();

    /// @return gradient by the output, `[n, out]`; filled by whoever consumed the output, overwritten by [#backward]
    Floats dOutput();

    /// @param input `[n, in]`
    void forward(Floats input, int n);

    /// Overwrites the gradients of weight and bias, and that of the input.
    ///
    /// @param input as given to [#forward]
    /// @param dInput receives the gradient by the input, `[n, in]`; null where nobody needs it
    void backward(Floats input, @Nullable Floats dInput, int n);
}
