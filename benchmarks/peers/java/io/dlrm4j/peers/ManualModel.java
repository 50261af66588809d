package io.dlrm4j.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Forward and backward by hand: no graph, SGD inside the product that makes a weight's gradient, one sparse update of
/// the joined table.
final class ManualModel implements TorchModel {
    private static final int SQUARE = TorchWeights.VECTORS * TorchWeights.VECTORS;

    private final TorchWeights weights;
    private final Tensor pairs = torch.tensor(TorchWeights.pairPlaces());
    private final Tensor mirrored;
    private final Tensor diagonal;
    private final Scalar rate;
    private final Scalar one = new Scalar(1f);
    private final Scalar zero = new Scalar(0f);

    ManualModel(TorchWeights weights, float learningRate) {
        this.weights = weights;
        this.rate = new Scalar(-learningRate);
        long[] from = new long[SQUARE];
        long[] places = TorchWeights.pairPlaces();
        for (int p = 0; p < places.length; p++) {
            int i = (int) places[p] / TorchWeights.VECTORS;
            int j = (int) places[p] % TorchWeights.VECTORS;
            from[i * TorchWeights.VECTORS + j] = TorchWeights.DIM + p;
            from[j * TorchWeights.VECTORS + i] = TorchWeights.DIM + p;
        }
        long[] middle = new long[TorchWeights.VECTORS];
        for (int i = 0; i < middle.length; i++) {
            middle[i] = (long) i * TorchWeights.VECTORS + i;
        }
        this.mirrored = torch.tensor(from);
        this.diagonal = torch.tensor(middle);
    }

    @Override
    public double step(TorchBatch batch) {
        try (PointerScope _ = new PointerScope();
                AutoGradMode _ = new AutoGradMode(false)) {
            return train(batch);
        }
    }

    private double train(TorchBatch batch) {
        long samples = batch.samples();
        List<Tensor> bottom = forward(weights.bottom(), batch.dense(), true);
        Tensor x = bottom.getLast();
        Tensor rows = batch.rows().view(-1);
        Tensor vectors = weights.table().index_select(0, rows).view(samples, -1, TorchWeights.DIM);
        Tensor all = torch.cat(new TensorVector(x.view(samples, 1, TorchWeights.DIM), vectors), 1);
        Tensor flat = torch.bmm(all, all.transpose(1, 2)).view(samples, SQUARE).index_select(1, pairs);
        List<Tensor> top = forward(weights.top(), torch.cat(new TensorVector(x, flat), 1), false);
        Tensor logits = top.getLast();
        double loss = torch.binary_cross_entropy_with_logits(logits, batch.labels())
                .item_float();

        Tensor g = torch.sigmoid(logits).sub_(batch.labels()).mul_(new Scalar(1f / samples));
        g = backward(weights.top(), top, g, true);
        Tensor products = g.index_select(1, mirrored).index_fill_(1, diagonal, zero);
        Tensor gAll = torch.bmm(products.view(samples, TorchWeights.VECTORS, TorchWeights.VECTORS), all);
        Tensor gx = g.narrow(1, 0, TorchWeights.DIM).add(gAll.select(1, 0));
        Tensor gRows = gAll.narrow(1, 1, TorchWeights.VECTORS - 1).reshape(rows.size(0), TorchWeights.DIM);
        Tensor sparse = torch.sparse_coo_tensor(
                rows.view(1, -1),
                gRows,
                new long[] {weights.table().size(0), TorchWeights.DIM},
                new TensorOptions(),
                new BoolOptional());
        weights.table().add_(sparse, rate);
        backward(weights.bottom(), bottom, torch.threshold_backward(gx, x, zero), false);
        return loss;
    }

    /// @return the input and every layer's output
    private static List<Tensor> forward(List<TorchWeights.Layer> layers, Tensor input, boolean reluAtEnd) {
        List<Tensor> outputs = new ArrayList<>(List.of(input));
        for (TorchWeights.Layer layer : layers) {
            Tensor y = torch.addmm(layer.bias(), outputs.getLast(), layer.weight().t());
            outputs.add(reluAtEnd || layer != layers.getLast() ? y.relu_() : y);
        }
        return outputs;
    }

    /// Updates the layers.
    ///
    /// @param g gradient of the last layer's product
    /// @return the gradient of the input, if it is wanted
    private Tensor backward(List<TorchWeights.Layer> layers, List<Tensor> outputs, Tensor g, boolean inputToo) {
        Tensor gradient = g;
        for (int i = layers.size() - 1; i >= 0; i--) {
            TorchWeights.Layer layer = layers.get(i);
            Tensor input = outputs.get(i);
            Tensor below = i > 0 || inputToo ? gradient.mm(layer.weight()) : gradient;
            layer.weight().addmm_(gradient.t(), input, one, rate);
            layer.bias().add_(gradient.sum(0), rate);
            gradient = i > 0 ? torch.threshold_backward(below, input, zero) : below;
        }
        return gradient;
    }
}
