package io.dlrm4j.testkit;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The whole model on one rank, in double precision, on plain arrays, sample by sample, written to be read: what every
/// engine is tested against (Naumov et al. 2019; the arithmetic is that of its published implementation).
///
/// ```
/// dense ─▶ bottom MLP ─▶ v0 ┐
/// ids 1 ─▶ table 0, sum ─▶ v1 ├─▶ interaction ─▶ top MLP ─▶ logit ─▶ loss
/// ids 2 ─▶ table 1, sum ─▶ v2 ┘
/// ```
///
/// [#forward], then [#backward], then [#update]; or [#step], which is all three. Weights are in the order of
/// [DlrmShape#denseParameters]; `d` before a name means the derivative of the mean loss by it.
public final class ReferenceDlrm {
    private final DlrmShape shape;
    private final UpdateRule denseRule;
    private final UpdateRule tableRule;
    private final List<Parameter> parameters;
    private final Trained mlps;
    private final Trained[] tables;
    private double[] dLogits = new double[0];
    private double[][][] features = new double[0][][];
    private double[][][] dFeatures = new double[0][][];
    private List<double[][]> layers = List.of(); // of each sample: dense, then the output of each layer, bottom and top

    /// What is trained by one rule: weights, derivatives by them, and sums of squared derivatives (perhaps one a row).
    private static final class Trained {
        private final double[] w;
        private final double[] d;
        private final double[] state;

        private Trained(int size, int states) {
            this.w = new double[size];
            this.d = new double[size];
            this.state = new double[states];
        }
    }

    /// A model whose weights are all zero.
    public ReferenceDlrm(DlrmShape shape, UpdateRule denseRule, UpdateRule tableRule) {
        this.shape = shape;
        this.denseRule = denseRule;
        this.tableRule = tableRule;
        this.parameters = shape.denseParameters();
        int count = Math.toIntExact(shape.denseParameterCount());
        this.mlps = new Trained(count, count);
        this.tables = new Trained[shape.tables().size()];
        for (int t = 0; t < tables.length; t++) {
            int rows = Math.toIntExact(shape.tables().get(t));
            int size = rows * shape.embeddingDim();
            int states = tableRule.kind() == OptimizerKind.ROW_WISE_ADAGRAD ? rows : size;
            tables[t] = new Trained(size, states);
        }
    }

    /// @return weights and biases of both MLPs, `[P]`, to be read and written
    public double[] weights() {
        return mlps.w;
    }

    /// @return derivatives by [#weights] after [#backward], `[P]`
    public double[] weightGradients() {
        return mlps.d;
    }

    /// @return Adagrad's sums of squares of [#weights], `[P]`; zero for SGD
    public double[] weightState() {
        return mlps.state;
    }

    /// @return rows of a table, `[rows * dim]`, to be read and written
    public double[] table(int table) {
        return tables[table].w;
    }

    /// @return derivatives by the rows of a table after [#backward], those of repeated ids summed, `[rows * dim]`
    public double[] tableGradients(int table) {
        return tables[table].d;
    }

    /// @return the table's sums of squares, `[rows * dim]`, or `[rows]` for row-wise Adagrad; zero for SGD
    public double[] tableState(int table) {
        return tables[table].state;
    }

    /// @return derivative by the pooled vector of one sample of one table after [#backward], `[dim]`
    public double[] pooledGradient(int table, int sample) {
        return dFeatures[sample][table + 1].clone();
    }

    /// One training step.
    ///
    /// @return mean loss before the update
    public double step(Samples samples, double learningRate) {
        double loss = loss(samples);
        backward(samples);
        update(samples, learningRate);
        return loss;
    }

    /// @return logits, `[samples]`
    public double[] forward(Samples samples) {
        int n = samples.count();
        features = new double[n][][];
        layers = new ArrayList<>();
        double[] logits = new double[n];
        for (int s = 0; s < n; s++) {
            int bottomLayers = shape.bottom().size() - 1;
            double[][] outputs = new double[parameters.size() / 2 + 2][];
            outputs[0] = samples.dense()[s];
            for (int layer = 0; layer < bottomLayers; layer++) {
                outputs[layer + 1] = linear(layer, outputs[layer], true);
            }
            features[s] = features(outputs[bottomLayers], samples.ids(), s);
            outputs[bottomLayers + 1] = interact(features[s]);
            for (int layer = bottomLayers; layer < parameters.size() / 2; layer++) {
                boolean last = layer + 1 == parameters.size() / 2;
                outputs[layer + 2] = linear(layer, outputs[layer + 1], !last);
            }
            layers.add(outputs);
            logits[s] = outputs[outputs.length - 1][0];
        }
        return logits;
    }

    /// y = x Wᵀ + b, then perhaps max(y, 0)
    private double[] linear(int layer, double[] x, boolean relu) {
        int weight = (int) parameters.get(2 * layer).offset();
        int bias = (int) parameters.get(2 * layer + 1).offset();
        double[] y = new double[(int) parameters.get(2 * layer + 1).count()];
        for (int o = 0; o < y.length; o++) {
            double sum = mlps.w[bias + o];
            for (int i = 0; i < x.length; i++) {
                sum += mlps.w[weight + o * x.length + i] * x[i];
            }
            y[o] = relu ? Math.max(sum, 0) : sum;
        }
        return y;
    }

    /// v0 and the sum of each bag's rows
    private double[][] features(double[] v0, int[][][] ids, int sample) {
        int dim = shape.embeddingDim();
        double[][] v = new double[shape.features()][dim];
        v[0] = v0;
        for (int t = 0; t < tables.length; t++) {
            for (int id : ids[t][sample]) {
                for (int j = 0; j < dim; j++) {
                    v[t + 1][j] += tables[t].w[id * dim + j];
                }
            }
        }
        return v;
    }

    /// dot: v0, then vi·vj in the order (1,0) (2,0) (2,1) …, with `itself` (0,0) (1,0) (1,1) …; cat: all of them
    private double[] interact(double[][] v) {
        double[] out = new double[shape.interactionWidth()];
        int next = 0;
        int whole = shape.interaction() == InteractionKind.CAT ? v.length : 1;
        for (int i = 0; i < whole; i++) {
            for (double x : v[i]) {
                out[next++] = x;
            }
        }
        for (int i = 0; next < out.length; i++) {
            for (int j = 0; j < (shape.interactionItself() ? i + 1 : i); j++) {
                for (int k = 0; k < v[i].length; k++) {
                    out[next] += v[i][k] * v[j][k];
                }
                next++;
            }
        }
        return out;
    }

    /// Runs [#forward] and takes the loss, BCE or MSE of p = sigmoid(logit).
    ///
    /// @return mean loss
    public double loss(Samples samples) {
        double[] logits = forward(samples);
        dLogits = new double[logits.length];
        double sum = 0;
        for (int s = 0; s < logits.length; s++) {
            double z = logits[s];
            double y = samples.labels()[s];
            double p = 1 / (1 + Math.exp(-z));
            if (shape.loss() == LossKind.BCE) {
                sum += Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z)));
                dLogits[s] = (p - y) / logits.length;
            } else {
                sum += (p - y) * (p - y);
                dLogits[s] = 2 * (p - y) * p * (1 - p) / logits.length;
            }
        }
        return sum / logits.length;
    }

    /// Takes the derivatives of the mean loss by everything, after [#loss] of the same samples.
    public void backward(Samples samples) {
        Arrays.fill(mlps.d, 0);
        for (Trained table : tables) {
            Arrays.fill(table.d, 0);
        }
        dFeatures = new double[samples.count()][][];
        int bottomLayers = shape.bottom().size() - 1;
        for (int s = 0; s < samples.count(); s++) {
            double[][] outputs = layers.get(s);
            double[] d = {dLogits[s]};
            for (int layer = parameters.size() / 2 - 1; layer >= bottomLayers; layer--) {
                d = linearBackward(layer, outputs[layer + 1], d);
                if (layer > bottomLayers) {
                    reluBackward(outputs[layer + 1], d);
                }
            }
            dFeatures[s] = interactBackward(features[s], d);
            for (int t = 0; t < tables.length; t++) {
                addToRows(t, samples.ids()[t][s], dFeatures[s][t + 1]);
            }
            d = dFeatures[s][0].clone();
            for (int layer = bottomLayers - 1; layer >= 0; layer--) {
                reluBackward(outputs[layer + 1], d);
                d = linearBackward(layer, outputs[layer], d);
            }
        }
    }

    /// Adds this sample's share to dW and db and returns dx.
    private double[] linearBackward(int layer, double[] x, double[] dy) {
        int weight = (int) parameters.get(2 * layer).offset();
        int bias = (int) parameters.get(2 * layer + 1).offset();
        double[] dx = new double[x.length];
        for (int o = 0; o < dy.length; o++) {
            mlps.d[bias + o] += dy[o];
            for (int i = 0; i < x.length; i++) {
                mlps.d[weight + o * x.length + i] += dy[o] * x[i];
                dx[i] += dy[o] * mlps.w[weight + o * x.length + i];
            }
        }
        return dx;
    }

    private static void reluBackward(double[] y, double[] dy) {
        for (int i = 0; i < y.length; i++) {
            dy[i] = y[i] > 0 ? dy[i] : 0; // the derivative at 0 is 0
        }
    }

    private double[][] interactBackward(double[][] v, double[] dOut) {
        double[][] dV = new double[v.length][shape.embeddingDim()];
        int next = 0;
        int whole = shape.interaction() == InteractionKind.CAT ? v.length : 1;
        for (int i = 0; i < whole; i++) {
            for (int k = 0; k < v[i].length; k++) {
                dV[i][k] = dOut[next++];
            }
        }
        for (int i = 0; next < dOut.length; i++) {
            for (int j = 0; j < (shape.interactionItself() ? i + 1 : i); j++) {
                for (int k = 0; k < v[i].length; k++) {
                    dV[i][k] += dOut[next] * v[j][k];
                    dV[j][k] += dOut[next] * v[i][k]; // for i = j both together are 2v
                }
                next++;
            }
        }
        return dV;
    }

    private void addToRows(int table, int[] bag, double[] dPooled) {
        for (int id : bag) {
            for (int k = 0; k < dPooled.length; k++) {
                tables[table].d[id * dPooled.length + k] += dPooled[k];
            }
        }
    }

    /// Applies the update rules: to all weights of the MLPs, and to those rows that `samples` look up.
    public void update(Samples samples, double learningRate) {
        updateElements(denseRule, mlps, 0, mlps.w.length, learningRate);
        int dim = shape.embeddingDim();
        for (int t = 0; t < tables.length; t++) {
            boolean[] seen = new boolean[Math.toIntExact(shape.tables().get(t))];
            for (int[] bag : samples.ids()[t]) {
                for (int id : bag) {
                    seen[id] = true;
                }
            }
            for (int row = 0; row < seen.length; row++) {
                if (seen[row] && tableRule.kind() == OptimizerKind.ROW_WISE_ADAGRAD) {
                    updateRow(tables[t], row, learningRate);
                } else if (seen[row]) {
                    updateElements(tableRule, tables[t], row * dim, dim, learningRate);
                }
            }
        }
    }

    private static void updateElements(UpdateRule rule, Trained of, int from, int count, double learningRate) {
        for (int i = from; i < from + count; i++) {
            if (rule.kind() == OptimizerKind.SGD) {
                of.w[i] -= learningRate * of.d[i];
            } else {
                of.state[i] += of.d[i] * of.d[i];
                of.w[i] -= learningRate * of.d[i] / (Math.sqrt(of.state[i]) + rule.eps());
            }
        }
    }

    private void updateRow(Trained table, int row, double learningRate) {
        int dim = shape.embeddingDim();
        double squares = 0;
        for (int i = row * dim; i < (row + 1) * dim; i++) {
            squares += table.d[i] * table.d[i];
        }
        table.state[row] += squares / dim;
        double root = Math.sqrt(table.state[row]) + tableRule.eps();
        for (int i = row * dim; i < (row + 1) * dim; i++) {
            table.w[i] -= learningRate * table.d[i] / root;
        }
    }
}
