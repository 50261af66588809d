package io.dlrm4j.core.nn;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A multilayer perceptron over a stretch of the flat weight buffer.
///
/// Call [#forward], fill [#dOutput], call [#backward]. Keeps the input of the last forward by reference.
public final class Mlp {
    private final List<Layer> layers;
    private Floats input = Floats.NONE;

    private Mlp(List<Layer> layers) {
        this.layers = layers;
    }

    /// @param weights flat buffer of [DlrmShape#denseParameters]
    /// @param gradients flat buffer of their gradients
    /// @param maxSamples samples of the largest batch
    /// @return the bottom MLP: linear + ReLU, the last layer too
    public static Mlp bottom(
            DlrmShape shape, Floats weights, Floats gradients, Numerics numerics, int maxSamples, OffHeap memory) {
        List<Layer> layers = new ArrayList<>();
        List<LayerParameters> parameters = parameters(shape, 0, shape.bottom().size() - 1, weights, gradients);
        for (int k = 0; k < parameters.size(); k++) {
            layers.add(new ReluLayer("bot." + k, parameters.get(k), numerics, maxSamples, memory));
        }
        return new Mlp(List.copyOf(layers));
    }

    /// @param weights flat buffer of [DlrmShape#denseParameters]
    /// @param gradients flat buffer of their gradients
    /// @param maxSamples samples of the largest batch
    /// @return the top MLP: linear + ReLU, the last layer linear and of width 1
    public static Mlp top(
            DlrmShape shape, Floats weights, Floats gradients, Numerics numerics, int maxSamples, OffHeap memory) {
        List<Layer> layers = new ArrayList<>();
        int first = shape.bottom().size() - 1;
        int last = shape.top().size() - 2;
        List<LayerParameters> parameters = parameters(shape, first, last + 1, weights, gradients);
        for (int k = 0; k < last; k++) {
            layers.add(new ReluLayer("top." + k, parameters.get(k), numerics, maxSamples, memory));
        }
        layers.add(new LogitLayer("top." + last, parameters.get(last), numerics, maxSamples, memory));
        return new Mlp(List.copyOf(layers));
    }

    private static List<LayerParameters> parameters(
            DlrmShape shape, int firstLayer, int layers, Floats weights, Floats gradients) {
        List<Parameter> all = shape.denseParameters();
        List<LayerParameters> mine = new ArrayList<>();
        for (int k = firstLayer; k < firstLayer + layers; k++) {
            mine.add(LayerParameters.of(all.get(2 * k), all.get(2 * k + 1), weights, gradients));
        }
        return mine;
    }

    /// @return output of the last layer, `[n, out]` with room for more
    public Floats output() {
        return layers.getLast().output();
    }

    /// @return gradient by [#output], to be filled before [#backward], which overwrites it
    public Floats dOutput() {
        return layers.getLast().dOutput();
    }

    /// @param input `[n, in]`, unchanged until [#backward]
    /// @param n samples, 0 or more
    public void forward(Floats input, int n) {
        this.input = input;
        Floats next = input;
        for (int k = 0; k < layers.size(); k++) {
            Layer layer = layers.get(k);
            layer.forward(next, n);
            next = layer.output();
        }
    }

    /// Overwrites this MLP's stretch of the flat gradient buffer, last layer first.
    ///
    /// @param dInput receives the gradient by the input, `[n, in]`; null where nobody needs it
    /// @param n samples, as given to [#forward]
    /// @param ready told after each layer the flat offset from which on all gradients are final
    public void backward(@Nullable Floats dInput, int n, LongConsumer ready) {
        for (int k = layers.size() - 1; k >= 0; k--) {
            Layer layer = layers.get(k);
            if (k > 0) {
                Layer below = layers.get(k - 1);
                layer.backward(below.output(), below.dOutput(), n);
            } else {
                layer.backward(input, dInput, n);
            }
            ready.accept(layer.parameters().offset());
        }
    }
}
