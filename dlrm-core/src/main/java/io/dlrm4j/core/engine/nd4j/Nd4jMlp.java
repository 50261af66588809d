package io.dlrm4j.core.engine.nd4j;

import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.Parameter;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/// Layers y = x Wᵀ + b, each followed by ReLU, the last one perhaps not.
final class Nd4jMlp {
    private final List<Parameter> parameters;
    private final INDArray[] weights;
    private final INDArray[] biases;
    private final INDArray[] activations;
    private final boolean reluLast;

    /// @param parameters weight and bias of each layer
    /// @param flat holds the parameters at their offsets; the layers are views of it
    Nd4jMlp(List<Parameter> parameters, INDArray flat, int maxSamples, boolean reluLast) {
        int layers = parameters.size() / 2;
        this.parameters = parameters;
        this.weights = new INDArray[layers];
        this.biases = new INDArray[layers];
        this.activations = new INDArray[layers + 1];
        this.reluLast = reluLast;
        activations[0] = Device.zeros(maxSamples, parameters.getFirst().shape().get(1));
        for (int layer = 0; layer < layers; layer++) {
            Parameter weight = parameters.get(2 * layer);
            Parameter bias = parameters.get(2 * layer + 1);
            weights[layer] = view(flat, weight)
                    .reshape('c', weight.shape().get(0), weight.shape().get(1));
            biases[layer] = view(flat, bias).reshape('c', 1, bias.count());
            activations[layer + 1] = Device.zeros(maxSamples, bias.count());
        }
    }

    private static INDArray view(INDArray flat, Parameter parameter) {
        return flat.get(NDArrayIndex.interval(parameter.offset(), parameter.offset() + parameter.count()));
    }

    /// @param x input, `[n, in]`, copied
    /// @return output, `[n, out]`, valid until the next call
    INDArray forward(INDArray x, int n) {
        Device.rows(activations[0], 0, n).assign(x);
        for (int layer = 0; layer < weights.length; layer++) {
            INDArray y = Device.rows(activations[layer], 0, n).mmul(weights[layer].transpose());
            y.addiRowVector(biases[layer]);
            if (hasRelu(layer)) {
                Transforms.relu(y, false);
            }
            Device.rows(activations[layer + 1], 0, n).assign(y);
        }
        return output(n);
    }

    /// @return the last output, `[n, out]`
    INDArray output(int n) {
        return Device.rows(activations[weights.length], 0, n);
    }

    /// @param n samples of the last [#forward]
    /// @return the first output that is no finite number, layer by layer, or null
    @Nullable
    NotFinite firstNotFinite(int n) {
        for (int layer = 0; n > 0 && layer < weights.length; layer++) {
            float[] output;
            try (MemoryWorkspace _ = Device.scratch()) {
                output = Device.download(Device.rows(activations[layer + 1], 0, n));
            }
            String name = parameters.get(2 * layer).name().replace(".weight", "");
            for (int at = 0; at < output.length; at++) {
                if (!Float.isFinite(output[at])) {
                    int width = output.length / n;
                    return new NotFinite("output %d of %s".formatted(at % width, name), at / width, output[at]);
                }
            }
        }
        return null;
    }

    /// @return the output of the last hidden layer, `[n, width]`
    INDArray hidden(int n) {
        return Device.rows(activations[weights.length - 1], 0, n);
    }

    /// Writes the gradients by weights and biases to the host.
    ///
    /// @param dOutput gradient by the output, `[n, out]`
    /// @param gradients of all parameters of the model, `[P]`
    /// @param ready told after each layer its first offset
    /// @return gradient by the input, `[n, in]`, in scratch memory
    INDArray backward(INDArray dOutput, int n, Floats gradients, LongConsumer ready) {
        INDArray d = dOutput;
        for (int layer = weights.length - 1; layer >= 0; layer--) {
            if (hasRelu(layer)) {
                INDArray y = Device.rows(activations[layer + 1], 0, n);
                d = d.mul(y.gt(0).castTo(DataType.FLOAT)); // the gradient at exactly 0 is 0
            }
            INDArray x = Device.rows(activations[layer], 0, n);
            Device.download(d.transpose().mmul(x), slice(gradients, 2 * layer));
            Device.download(d.sum(0), slice(gradients, 2 * layer + 1));
            d = d.mmul(weights[layer]);
            ready.accept(parameters.get(2 * layer).offset());
        }
        return d;
    }

    /// Writes the gradients of no samples: zero.
    void backwardNothing(Floats gradients, LongConsumer ready) {
        long from = parameters.getFirst().offset();
        long to = parameters.getLast().offset() + parameters.getLast().count();
        gradients.slice(from, to - from).fill(0);
        ready.accept(from);
    }

    private Floats slice(Floats gradients, int parameter) {
        return gradients.slice(
                parameters.get(parameter).offset(), parameters.get(parameter).count());
    }

    private boolean hasRelu(int layer) {
        return reluLast || layer + 1 < weights.length;
    }

    void close() {
        for (INDArray activation : activations) {
            Device.free(activation);
        }
    }
}
