package io.dlrm4j.cuda;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.api.Matrix;
import java.util.ArrayList;
import java.util.List;

/// The dense part's memory on the card, as addresses; for the largest batch.
final class DenseBuffers {
    /// Bits from one sample's mask to the next are a multiple of this.
    static final int MASK_STEP = 128;

    /// Where in a result the worst kind of fault on any rank is.
    static final int FAULT_ANYWHERE = Double.BYTES + 4 * Integer.BYTES;

    private static final int RESULT_WORDS = 16;

    private final DeviceMemory memory;
    private final Matrix.Type type;
    private final int samples;
    private final long parameters;
    private final long gradients;
    private final long state;
    private final long image;
    private final long dense;
    private final long features;
    private final long gradFeatures;
    private final long interacted;
    private final long gradInteracted;
    private final long logits;
    private final long result;
    private final List<Hidden> bottom = new ArrayList<>();
    private final List<Hidden> top = new ArrayList<>();

    /// What a hidden layer leaves behind for its backward pass.
    ///
    /// @param y output of its ReLU
    /// @param gradient by the ReLU's input
    /// @param mask one bit for each element of y
    record Hidden(long y, long gradient, long mask) {}

    DenseBuffers(
            DeviceMemory memory,
            DlrmShape shape,
            ParameterLayout layout,
            OptimizerKind rule,
            Precision precision,
            int samples) {
        this.memory = memory;
        this.type = precision.activations();
        this.samples = samples;
        long floats = layout.floats();
        int padded = Rounding.up(shape.embeddingDim(), 4);
        parameters = memory.filled("MLP weights", floats, 0);
        gradients = memory.filled("MLP gradients", floats, 0);
        state = rule == OptimizerKind.ADAGRAD ? memory.filled("MLP optimizer state", floats, 0) : 0;
        image = type == Matrix.Type.FLOAT ? 0 : memory.filled("image of the MLP weights", Math.ceilDiv(floats, 2L), 0);
        dense = activations("dense features", layout.bottom().getFirst().in());
        features = activations("features", shape.features() * padded);
        gradFeatures = activations("gradients of features", shape.features() * padded);
        interacted = activations("interaction", layout.interacted());
        gradInteracted = activations("gradients of the interaction", layout.interacted());
        logits = memory.words("logits", samples);
        result = memory.filled("result", RESULT_WORDS, 0);
        for (int k = 0; k < layout.bottom().size() - 1; k++) {
            bottom.add(hidden("bottom layer " + k, layout.bottom().get(k).out()));
        }
        bottom.add(new Hidden(features, gradFeatures, 0)); // writes feature 0; the interaction applies its mask
        for (int k = 0; k < layout.hidden().size(); k++) {
            top.add(hidden("top layer " + k, layout.hidden().get(k).out()));
        }
    }

    private Hidden hidden(String name, int width) {
        long maskBytes = (long) Rounding.up(width, MASK_STEP) / Byte.SIZE * samples;
        return new Hidden(
                activations(name, width),
                activations(name + " gradient", width),
                memory.bytes(name + " mask", maskBytes));
    }

    private long activations(String name, int width) {
        return memory.bytes(name, (long) samples * width * type.bytes());
    }

    /// @return flat float parameters
    long parameters() {
        return parameters;
    }

    /// @return their gradients
    long gradients() {
        return gradients;
    }

    /// @return state of the update rule, 0 for none
    long state() {
        return state;
    }

    /// @return the parameters as matrix products read them, 0 where they read the float ones
    long image() {
        return image;
    }

    /// @return padded dense features, the bottom MLP's input
    long dense() {
        return dense;
    }

    long features() {
        return features;
    }

    long gradFeatures() {
        return gradFeatures;
    }

    long interacted() {
        return interacted;
    }

    long gradInteracted() {
        return gradInteracted;
    }

    /// @return floats, one a sample
    long logits() {
        return logits;
    }

    /// @return where a step leaves its loss (a double), then [#fault]
    long result() {
        return result;
    }

    /// @return four integers that say what is wrong with a step
    long fault() {
        return result + Double.BYTES;
    }

    /// @return an integer: the worst kind of fault on any rank, where cards take a step together
    long faultAnywhere() {
        return result + FAULT_ANYWHERE;
    }

    /// Bytes of loss and faults together.
    static int resultBytes() {
        return FAULT_ANYWHERE + 2 * Integer.BYTES;
    }

    List<Hidden> bottom() {
        return bottom;
    }

    List<Hidden> top() {
        return top;
    }

    Matrix.Type type() {
        return type;
    }
}
