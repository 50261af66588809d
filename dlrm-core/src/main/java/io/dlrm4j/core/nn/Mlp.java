package io.dlrm4j.core.nn;

import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A multilayer perceptron over a stretch of the flat weight buffer, for blocks of at most [#BLOCK] samples.
///
/// A block goes through all layers before the next one starts, so that what a layer writes is still in the cache when
/// the next reads it. For one block call [#forward], fill its [#dOutput], call [#backward]. The outputs of as many
/// blocks as there is room for are kept; gradients between layers are not.
public final class Mlp {
    /// Samples of a block. Matrix products of 128 to 512 samples are the fastest there are (fewer do not fill the
    /// registers, more do not fit the second-level cache); 256 measured best over whole steps.
    public static final int BLOCK = 256;

    private final String name;
    private final List<Layer> layers;
    /// `[block][layer]`, each `[BLOCK, out]`.
    private final Floats[][] outputs;
    /// `[block][layer]`; blocks share the gradients between layers.
    private final Floats[][] dOutputs;

    private Mlp(String prefix, String name, List<Layer> layers, int samples, OffHeap memory) {
        this.name = name;
        this.layers = List.copyOf(layers);
        int blocks = blocks(samples);
        this.outputs = new Floats[blocks][layers.size()];
        this.dOutputs = new Floats[blocks][layers.size()];
        for (int k = 0; k < layers.size(); k++) {
            int width = layers.get(k).parameters().out();
            boolean last = k == layers.size() - 1;
            Floats output = memory.hugeFloats(prefix + name + k + " output", (long) samples * width);
            Floats gradient = memory.hugeFloats(
                    prefix + name + k + " gradient", (long) (last ? samples : Math.min(samples, BLOCK)) * width);
            Floats[] outputBlocks = cut(output, samples, width);
            Floats[] gradientBlocks = last ? cut(gradient, samples, width) : null;
            for (int block = 0; block < blocks; block++) {
                outputs[block][k] = outputBlocks[block];
                dOutputs[block][k] = gradientBlocks == null
                        ? gradient.slice(0, (long) blockSize(samples, block) * width)
                        : gradientBlocks[block];
            }
        }
    }

    /// @return blocks of `samples` samples; none make one, empty block
    public static int blocks(int samples) {
        return Math.max(1, (samples + BLOCK - 1) / BLOCK);
    }

    /// @return samples of a block of `samples` samples
    public static int blockSize(int samples, int block) {
        return Math.min(BLOCK, samples - block * BLOCK);
    }

    /// @param all values of all samples, `[samples, width]`
    /// @return those of each block
    public static Floats[] cut(Floats all, int samples, int width) {
        Floats[] pieces = new Floats[blocks(samples)];
        for (int block = 0; block < pieces.length; block++) {
            pieces[block] = all.slice((long) block * BLOCK * width, (long) blockSize(samples, block) * width);
        }
        return pieces;
    }

    /// @param name prefix of the allocations
    /// @param weights flat buffer of [DlrmShape#denseParameters]
    /// @param gradients flat buffer of their gradients
    /// @param samples for which there is room
    /// @return the bottom MLP: linear + ReLU, the last layer too
    public static Mlp bottom(
            String name,
            DlrmShape shape,
            Floats weights,
            Floats gradients,
            Numerics numerics,
            int samples,
            OffHeap memory) {
        List<Layer> layers = new ArrayList<>();
        for (LayerParameters parameters : parameters(shape, 0, shape.bottom().size() - 1, weights, gradients)) {
            layers.add(new ReluLayer(parameters, numerics));
        }
        return new Mlp(name, "bot.", layers, samples, memory);
    }

    /// @param name prefix of the allocations
    /// @param weights flat buffer of [DlrmShape#denseParameters]
    /// @param gradients flat buffer of their gradients
    /// @param samples for which there is room
    /// @return the top MLP: linear + ReLU, the last layer linear and of width 1
    public static Mlp top(
            String name,
            DlrmShape shape,
            Floats weights,
            Floats gradients,
            Numerics numerics,
            int samples,
            OffHeap memory) {
        List<Layer> layers = new ArrayList<>();
        int first = shape.bottom().size() - 1;
        int last = shape.top().size() - 2;
        List<LayerParameters> parameters = parameters(shape, first, last + 1, weights, gradients);
        for (int k = 0; k < last; k++) {
            layers.add(new ReluLayer(parameters.get(k), numerics));
        }
        layers.add(new LogitLayer(parameters.get(last), numerics));
        return new Mlp(name, "top.", layers, samples, memory);
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

    /// @return output of the last layer for a block, `[n, out]` with room for more
    public Floats output(int block) {
        return outputs[block][layers.size() - 1];
    }

    /// @return output of the last hidden layer for a block, `[n, width]` with room for more
    public Floats hidden(int block) {
        return outputs[block][layers.size() - 2];
    }

    /// @return gradient by [#output], to be filled before [#backward], which overwrites it
    public Floats dOutput(int block) {
        return dOutputs[block][layers.size() - 1];
    }

    /// @param block where outputs are kept
    /// @param input `[n, in]`
    /// @param n samples, 0 to [#BLOCK]
    public void forward(int block, Floats input, int n) {
        Floats next = input;
        for (int k = 0; k < layers.size(); k++) {
            layers.get(k).forward(next, outputs[block][k], n);
            next = outputs[block][k];
        }
    }

    /// @param block as given to [#forward], as is `n`
    /// @param firstSample number of the block's first sample
    /// @return the first output that is no finite number, layer by layer, or null
    public @Nullable NotFinite firstNotFinite(int block, int firstSample, int n) {
        for (int k = 0; k < layers.size(); k++) {
            int width = layers.get(k).parameters().out();
            Floats output = outputs[block][k].slice(0, (long) n * width);
            long at = output.firstNotFinite();
            if (at >= 0) {
                String what = "output %d of %s%d".formatted(at % width, name, k);
                return new NotFinite(what, firstSample + (int) (at / width), output.get(at));
            }
        }
        return null;
    }

    /// Writes or adds to this MLP's stretch of the flat gradient buffer, last layer first.
    ///
    /// @param block as given to [#forward], as are `input` and `n`
    /// @param dInput receives the gradient by the input, `[n, in]`; null where nobody needs it
    /// @param add whether the gradients are added to those of earlier blocks, else overwritten
    /// @param ready told after each layer the flat offset from which on its gradients stand
    public void backward(int block, Floats input, @Nullable Floats dInput, int n, boolean add, LongConsumer ready) {
        for (int k = layers.size() - 1; k >= 0; k--) {
            Layer layer = layers.get(k);
            Floats below = k > 0 ? outputs[block][k - 1] : input;
            Floats dBelow = k > 0 ? dOutputs[block][k - 1] : dInput;
            layer.backward(below, outputs[block][k], dOutputs[block][k], dBelow, n, add);
            ready.accept(layer.parameters().offset());
        }
    }
}
