package io.dlrm4j.core.engine.cpu;

import io.dlrm4j.core.blas.Nd4jLibrary;
import io.dlrm4j.core.blas.Nd4jViews;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/// Both MLPs as DL4J networks over the flat weight buffer: they describe, serve and export the model, and their own
/// forward pass is an independent check of ours. Nothing of DL4J runs in a training step, and nothing of it is loaded
/// before somebody asks for a network.
///
/// DL4J stores a layer's weight `[in, out]` column by column, which is `[out, in]` row by row, and its bias after it:
/// the layout of [DlrmShape#denseParameters].
///
/// @param bottom from dense features to the bottom MLP's output
/// @param top from the interaction's output to the probability
record Dl4jMlps(MultiLayerNetwork bottom, MultiLayerNetwork top) {
    /// @param weights flat buffer of both MLPs, read and written by the networks; must stay open while they are used
    static Dl4jMlps over(DlrmShape shape, Floats weights) {
        Nd4jLibrary.load(); // oneDNN may multiply in this thread
        long bottomCount = 0;
        for (int k = 0; k + 1 < shape.bottom().size(); k++) {
            bottomCount += (shape.bottom().get(k) + 1L) * shape.bottom().get(k + 1);
        }
        long topCount = weights.length() - bottomCount;
        return new Dl4jMlps(
                network(bottom(shape.bottom()), weights.slice(0, bottomCount)),
                network(top(shape.top(), shape.loss()), weights.slice(bottomCount, topCount)));
    }

    private static MultiLayerNetwork network(MultiLayerConfiguration configuration, Floats weights) {
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init(Nd4jViews.of(weights, 1, weights.length()), false);
        return network;
    }

    private static MultiLayerConfiguration bottom(List<Integer> widths) {
        NeuralNetConfiguration.ListBuilder layers = builder();
        for (int k = 0; k + 1 < widths.size(); k++) {
            layers.layer(hidden(widths, k));
        }
        return layers.build();
    }

    private static MultiLayerConfiguration top(List<Integer> widths, LossKind loss) {
        NeuralNetConfiguration.ListBuilder layers = builder();
        int last = widths.size() - 2;
        for (int k = 0; k < last; k++) {
            layers.layer(hidden(widths, k));
        }
        LossFunction function = switch (loss) {
            case BCE -> LossFunction.XENT;
            case MSE -> LossFunction.MSE;
        };
        layers.layer(new OutputLayer.Builder(function)
                .nIn(widths.get(last))
                .nOut(1)
                .activation(Activation.SIGMOID)
                .build());
        return layers.build();
    }

    private static NeuralNetConfiguration.ListBuilder builder() {
        // A fixed seed, else DL4J writes the time of day into the configuration.
        return new NeuralNetConfiguration.Builder().seed(0).updater(new NoOp()).list();
    }

    private static DenseLayer hidden(List<Integer> widths, int layer) {
        return new DenseLayer.Builder()
                .nIn(widths.get(layer))
                .nOut(widths.get(layer + 1))
                .activation(Activation.RELU)
                .build();
    }
}
