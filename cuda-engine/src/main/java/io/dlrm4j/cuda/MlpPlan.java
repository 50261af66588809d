package io.dlrm4j.cuda;

import io.dlrm4j.cuda.DenseBuffers.Hidden;
import io.dlrm4j.cuda.Kernels.Grid;
import io.dlrm4j.cuda.ParameterLayout.Layer;
import io.dlrm4j.cuda.api.Epilogue;
import io.dlrm4j.cuda.api.Epilogue.Kind;
import io.dlrm4j.cuda.api.Lane;
import io.dlrm4j.cuda.api.Matrix;
import io.dlrm4j.cuda.api.Product;
import io.dlrm4j.cuda.api.Product.Operand;
import io.dlrm4j.cuda.api.Work;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stack of linear + ReLU layers for one number of samples, ready to enqueue: bias, ReLU, its mask and the
/// bias gradient run inside the matrix products where cuBLASLt offers that, in a kernel right after them where
/// it does not.
///
/// Each layer's gradient arrives with its own ReLU already masked and its bias gradient already summed: by the
/// layer above, the interaction or the last layer, whichever writes it.
final class MlpPlan implements AutoCloseable {
    private static final int MOST_LANES_OF_A_ROW = 64;

    private final Card card;
    private final Kernels kernels;
    private final Product.Maker maker;
    private final DenseBuffers buffers;
    private final int samples;
    private final List<Product> products = new ArrayList<>();
    private final List<Work> forward = new ArrayList<>();
    private final List<Work> weightGradients = new ArrayList<>();
    private final List<@Nullable Work> inputGradients = new ArrayList<>();

    /// Rows of activations.
    ///
    /// @param address of the first
    /// @param pitch elements from one to the next
    record Rows(long address, int pitch) {}

    /// @param layers of the stack
    /// @param hidden their buffers
    /// @param input of the first layer
    /// @param gradInput receives the gradient by it, or null where nobody needs it
    /// @param lastPitch elements between samples of the last layer's output and its gradient; 0: as wide as it
    ///     is
    MlpPlan(
            Card card,
            Kernels kernels,
            Product.Maker maker,
            DenseBuffers buffers,
            int samples,
            List<Layer> layers,
            List<Hidden> hidden,
            Rows input,
            @Nullable Rows gradInput,
            int lastPitch) {
        this.card = card;
        this.kernels = kernels;
        this.maker = maker;
        this.buffers = buffers;
        this.samples = samples;
        Rows x = input;
        for (int k = 0; k < layers.size(); k++) {
            Layer layer = layers.get(k);
            Hidden own = hidden.get(k);
            int pitch = lastPitch > 0 && k == layers.size() - 1 ? lastPitch : layer.out();
            forward.add(forward(layer, own, x, new Rows(own.y(), pitch)));
            Rows gradient = new Rows(own.gradient(), pitch);
            weightGradients.add(weightGradient(layer, x, gradient));
            if (k > 0) {
                inputGradients.add(maskedGradient(layer, gradient, layers.get(k - 1), hidden.get(k - 1)));
            } else {
                inputGradients.add(gradInput == null ? null : inputGradient(layer, gradient, gradInput, Epilogue.NONE));
            }
            x = new Rows(own.y(), pitch);
        }
    }

    private Work forward(Layer layer, Hidden own, Rows x, Rows y) {
        long bias = buffers.image() == 0
                ? buffers.parameters() + layer.biasAt() * Float.BYTES
                : buffers.image() + layer.biasAt() * buffers.type().bytes();
        Operand w = new Operand(weights(layer), true);
        Operand in = new Operand(activations(x, layer.in()), false);
        Matrix out = activations(y, layer.out());
        if (own.mask() != 0 && buffers.image() == 0) {
            try {
                Epilogue fused = new Epilogue(Kind.BIAS_RELU_WRITE_MASK, bias, own.mask(), maskPitch(layer));
                return product(w, in, out, fused);
            } catch (UnsupportedOperationException notOffered) {
                return product(w, in, out, new Epilogue(Kind.BIAS_RELU, bias, 0, 0)); // y itself is the mask
            }
        }
        return product(w, in, out, new Epilogue(Kind.BIAS_RELU, bias, 0, 0));
    }

    private Work weightGradient(Layer layer, Rows x, Rows gradient) {
        Matrix out = new Matrix(
                buffers.gradients() + layer.weightAt() * Float.BYTES,
                Matrix.Type.FLOAT,
                layer.in(),
                layer.out(),
                layer.in());
        return product(
                new Operand(activations(x, layer.in()), false),
                new Operand(activations(gradient, layer.out()), true),
                out,
                Epilogue.NONE);
    }

    /// The gradient by the output of the layer below, with that layer's mask and bias gradient.
    ///
    /// A fused bias gradient has the type of the product's result, so with bfloat16 activations it is not used.
    private Work maskedGradient(Layer layer, Rows gradient, Layer below, Hidden belowBuffers) {
        long biasGradient = buffers.gradients() + below.biasAt() * Float.BYTES;
        Rows to = new Rows(belowBuffers.gradient(), below.out());
        if (buffers.image() == 0) {
            try {
                Epilogue fused =
                        new Epilogue(Kind.MASK_AND_BIAS_GRADIENT, biasGradient, belowBuffers.mask(), maskPitch(below));
                return inputGradient(layer, gradient, to, fused);
            } catch (UnsupportedOperationException notOffered) {
                return unfused(layer, gradient, to, belowBuffers, below, biasGradient);
            }
        }
        return unfused(layer, gradient, to, belowBuffers, below, biasGradient);
    }

    private Work unfused(Layer layer, Rows gradient, Rows to, Hidden belowBuffers, Layer below, long biasGradient) {
        Work plain = inputGradient(layer, gradient, to, Epilogue.NONE);
        Work mask =
                reluBackward(kernels, new Rows(belowBuffers.y(), below.out()), to, biasGradient, below.out(), samples);
        return lane -> {
            plain.enqueue(lane);
            mask.enqueue(lane);
        };
    }

    /// The mask of a ReLU's output `y` and the sum over samples, for a gradient that has neither.
    static Work reluBackward(Kernels kernels, Rows y, Rows gradient, long biasGradient, int width, int samples) {
        int vecs = width / 4;
        int lanes = Math.min(vecs, MOST_LANES_OF_A_ROW);
        int rows = Kernels.THREADS / lanes;
        return kernels.launch(
                "relu_backward",
                new Grid(Math.ceilDiv((long) samples, 8L * rows), 1, lanes, rows, 0),
                y.address(),
                (long) y.pitch(),
                gradient.address(),
                (long) gradient.pitch(),
                biasGradient,
                vecs,
                samples);
    }

    private Work inputGradient(Layer layer, Rows gradient, Rows to, Epilogue epilogue) {
        return product(
                new Operand(weights(layer), false),
                new Operand(activations(gradient, layer.out()), false),
                activations(to, layer.in()),
                epilogue);
    }

    private Product product(Operand a, Operand b, Matrix d, Epilogue epilogue) {
        Product product = new Product(maker, a, b, d, epilogue);
        products.add(product);
        return product;
    }

    private Matrix weights(Layer layer) {
        long from = buffers.image() == 0 ? buffers.parameters() : buffers.image();
        long address = from + layer.weightAt() * buffers.type().bytes();
        return new Matrix(address, buffers.type(), layer.in(), layer.out(), layer.in());
    }

    private Matrix activations(Rows rows, int width) {
        return new Matrix(rows.address(), buffers.type(), width, samples, rows.pitch());
    }

    private static int maskPitch(Layer layer) {
        return Rounding.up(layer.out(), DenseBuffers.MASK_STEP);
    }

    /// Enqueues the forward pass.
    void forward(Lane lane) {
        for (Work layer : forward) {
            layer.enqueue(lane);
        }
    }

    /// Enqueues the backward pass: gradients by inputs, on which the next layer waits, on the main lane,
    /// gradients by weights beside them. Both lanes must have the last layer's gradient before them; ends with
    /// work on both.
    void backward() {
        for (int k = forward.size() - 1; k >= 0; k--) {
            weightGradients.get(k).enqueue(card.side());
            Work input = inputGradients.get(k);
            if (input != null) {
                input.enqueue(card.main());
            }
            if (k > 0) {
                card.fork();
            }
        }
    }

    @Override
    public void close() {
        products.forEach(Product::close);
    }
}
