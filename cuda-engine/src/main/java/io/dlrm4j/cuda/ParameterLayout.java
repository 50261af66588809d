package io.dlrm4j.cuda;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Where weights and biases lie in a flat buffer on the card: widths padded to whole pieces of 16 bytes, every
/// tensor on a boundary of 256 bytes, as the matrix products like it. Padding is zero and stays so: its inputs
/// and gradients are.
final class ParameterLayout {
    private static final int TENSOR_FLOATS = 128;
    private static final int WIDTH_STEP = 8;

    private final List<Layer> bottom;
    private final List<Layer> hidden;
    private final Layer head;
    private final long floats;

    /// One layer, `y = x Wᵀ + b`.
    ///
    /// @param weight as the host has it
    /// @param bias as the host has it
    /// @param in padded width of x
    /// @param out padded width of y
    /// @param weightAt first float of W, `[out, in]`
    /// @param biasAt first float of b, `[out]`
    record Layer(Parameter weight, Parameter bias, int in, int out, long weightAt, long biasAt) {}

    ParameterLayout(DlrmShape shape) {
        List<Parameter> parameters = shape.denseParameters();
        List<Layer> layers = new ArrayList<>();
        int bottomLayers = shape.bottom().size() - 1;
        int layerCount = parameters.size() / 2;
        long next = 0;
        for (int k = 0; k < layerCount; k++) {
            Parameter weight = parameters.get(2 * k);
            Parameter bias = parameters.get(2 * k + 1);
            boolean first = k == 0 || k == bottomLayers;
            int in = first
                    ? Rounding.up(Math.toIntExact(weight.shape().getLast()), WIDTH_STEP)
                    : layers.getLast().out();
            // the last bottom layer writes among the embedding vectors, the last layer of all is no matrix product
            int step = k == bottomLayers - 1 ? 4 : k == layerCount - 1 ? 1 : WIDTH_STEP;
            int out = Rounding.up(Math.toIntExact(weight.shape().getFirst()), step);
            long biasAt = Rounding.up(next + (long) in * out, TENSOR_FLOATS);
            layers.add(new Layer(weight, bias, in, out, next, biasAt));
            next = Rounding.up(biasAt + out, TENSOR_FLOATS);
        }
        this.bottom = List.copyOf(layers.subList(0, bottomLayers));
        this.hidden = List.copyOf(layers.subList(bottomLayers, layerCount - 1));
        this.head = layers.getLast();
        this.floats = next;
    }

    /// @return layers of the bottom MLP
    List<Layer> bottom() {
        return bottom;
    }

    /// @return layers of the top MLP but the last
    List<Layer> hidden() {
        return hidden;
    }

    /// @return the last layer of the top MLP, whose output is the logit
    Layer head() {
        return head;
    }

    /// @return length of the flat buffer
    long floats() {
        return floats;
    }

    /// @return padded width of the interaction's output
    int interacted() {
        return hidden.isEmpty() ? head.in() : hidden.getFirst().in();
    }

    /// Copies the host's flat buffer to the card's, padding included.
    void write(Staging staging, Floats host, long device) {
        for (Layer layer : all()) {
            move(staging, host, device, layer, true);
        }
    }

    /// Copies the card's flat buffer to the host's.
    void read(Staging staging, long device, Floats host) {
        for (Layer layer : all()) {
            move(staging, host, device, layer, false);
        }
    }

    /// @return first float of some layers
    static long start(List<Layer> layers) {
        return layers.getFirst().weightAt();
    }

    /// @return end of the floats of some layers
    static long end(List<Layer> layers) {
        return layers.getLast().biasAt() + layers.getLast().out();
    }

    /// Copies layers of the host's flat buffer to an image of the card's, between the padding.
    static void pack(Floats host, MemorySegment image, List<Layer> layers) {
        for (Layer layer : layers) {
            int in = Math.toIntExact(layer.weight().shape().getLast());
            int out = Math.toIntExact(layer.bias().count());
            Staging.move(host.segment(), layer.weight().offset(), in, image, layer.weightAt(), layer.in(), in, out);
            Staging.move(host.segment(), layer.bias().offset(), out, image, layer.biasAt(), layer.out(), out, 1);
        }
    }

    /// The way back of [#pack].
    static void unpack(MemorySegment image, Floats host, List<Layer> layers) {
        for (Layer layer : layers) {
            int in = Math.toIntExact(layer.weight().shape().getLast());
            int out = Math.toIntExact(layer.bias().count());
            Staging.move(
                    image,
                    layer.weightAt(),
                    layer.in(),
                    host.segment(),
                    layer.weight().offset(),
                    in,
                    in,
                    out);
            Staging.move(
                    image,
                    layer.biasAt(),
                    layer.out(),
                    host.segment(),
                    layer.bias().offset(),
                    out,
                    out,
                    1);
        }
    }

    /// @return the layers of both MLPs in the order of the buffers
    List<Layer> all() {
        List<Layer> all = new ArrayList<>(bottom);
        all.addAll(top());
        return all;
    }

    /// @return the layers of the top MLP
    List<Layer> top() {
        List<Layer> top = new ArrayList<>(hidden);
        top.add(head);
        return top;
    }

    private static void move(Staging staging, Floats host, long device, Layer layer, boolean toCard) {
        int in = Math.toIntExact(layer.weight().shape().getLast());
        int out = Math.toIntExact(layer.bias().count());
        long weights = device + layer.weightAt() * Float.BYTES;
        long biases = device + layer.biasAt() * Float.BYTES;
        if (toCard) {
            staging.write(weights, layer.in(), host, layer.weight().offset(), in, in, out);
            staging.write(biases, layer.out(), host, layer.bias().offset(), out, out, 1);
        } else {
            staging.read(weights, layer.in(), host, layer.weight().offset(), in, in, out);
            staging.read(biases, layer.out(), host, layer.bias().offset(), out, out, 1);
        }
    }

    /// @return whether the interaction joins the features side by side
    static boolean joins(DlrmShape shape) {
        return shape.interaction() == InteractionKind.CAT;
    }
}
