package io.dlrm4j.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Forward as written, backward by autograd, sparse gradients of the table, SGD in place.
final class AutogradModel implements TorchModel {
    private final TorchWeights weights;
    private final List<Tensor> parameters = new ArrayList<>();
    private final Tensor pairs = torch.tensor(TorchWeights.pairPlaces());
    private final float learningRate;

    AutogradModel(TorchWeights weights, float learningRate) {
        this.weights = weights;
        this.learningRate = learningRate;
        parameters.add(weights.table());
        for (List<TorchWeights.Layer> layers : List.of(weights.bottom(), weights.top())) {
            for (TorchWeights.Layer layer : layers) {
                parameters.add(layer.weight());
                parameters.add(layer.bias());
            }
        }
        parameters.forEach(parameter -> parameter.set_requires_grad(true));
    }

    @Override
    public double step(TorchBatch batch) {
        try (PointerScope _ = new PointerScope()) {
            Tensor loss = torch.binary_cross_entropy_with_logits(logits(batch), batch.labels());
            float value = loss.item_float();
            loss.backward();
            try (AutoGradMode _ = new AutoGradMode(false)) {
                Scalar rate = new Scalar(-learningRate);
                for (Tensor parameter : parameters) {
                    parameter.add_(parameter.grad(), rate);
                    parameter.mutable_grad().put(new Tensor());
                }
            }
            return value;
        }
    }

    private Tensor logits(TorchBatch batch) {
        Tensor x = batch.dense();
        for (TorchWeights.Layer layer : weights.bottom()) {
            x = torch.relu(torch.linear(x, layer.weight(), layer.bias()));
        }
        Tensor vectors = torch.embedding(weights.table(), batch.rows(), -1, false, true);
        long samples = batch.samples();
        Tensor all = torch.cat(new TensorVector(x.view(samples, 1, TorchWeights.DIM), vectors), 1);
        Tensor products = torch.bmm(all, all.transpose(1, 2));
        Tensor flat = products.view(samples, TorchWeights.VECTORS * TorchWeights.VECTORS)
                .index_select(1, pairs);
        Tensor y = torch.cat(new TensorVector(x, flat), 1);
        for (TorchWeights.Layer layer : weights.top()) {
            y = torch.linear(y, layer.weight(), layer.bias());
            y = layer == weights.top().getLast() ? y : torch.relu(y);
        }
        return y;
    }
}
