package io.dlrm4j.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every gradient of the dense part against central differences of the same model in double precision.
class DenseGradientTest {
    private static final double STEP = 1e-6;
    private static final Offset<Double> ROUNDING = Offset.offset(2e-5);

    @ParameterizedTest
    @CsvSource({"DOT, false, BCE", "DOT, false, MSE", "DOT, true, BCE", "DOT, true, MSE", "CAT, false, BCE"})
    void gradientsAreTheSlopesOfTheLoss(InteractionKind kind, boolean itself, LossKind loss) {
        int n = TinyModel.SAMPLES;
        DlrmShape shape = TinyModel.shape(kind, itself, loss);
        try (TinyModel model = new TinyModel(new CpuEngine(), shape, TinyModel.SGD, n)) {
            double[] weights = doubles(model.part.weights());
            double[] pooled = doubles(model.pooled.values());
            DoubleModel same = new DoubleModel(shape, doubles(model.dense), doubles(model.labels), n);

            assertThat(model.step(n, 0f) / n).isCloseTo(same.loss(weights, pooled), ROUNDING);

            compare("weight", model.part.gradients(), weights, () -> same.loss(weights, pooled));
            compare("pooled", model.pooled.gradients(), pooled, () -> same.loss(weights, pooled));
        }
    }

    private interface LossNow {
        double get();
    }

    private static void compare(String what, Floats gradients, double[] variables, LossNow loss) {
        double largest = 0;
        for (int i = 0; i < variables.length; i++) {
            double value = variables[i];
            variables[i] = value + STEP;
            double above = loss.get();
            variables[i] = value - STEP;
            double below = loss.get();
            variables[i] = value;
            double slope = (above - below) / (2 * STEP);
            largest = Math.max(largest, Math.abs(slope));
            assertThat((double) gradients.get(i)).as("%s %d", what, i).isCloseTo(slope, ROUNDING);
        }
        assertThat(largest)
                .as("largest slope of a %s, else nothing was checked", what)
                .isGreaterThan(0.01);
    }

    private static double[] doubles(Floats floats) {
        double[] values = new double[(int) floats.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = floats.get(i);
        }
        return values;
    }

    /// The model written down once more, as plainly as possible. Table `t` of sample `s` lies at
    /// `(s * tables + t) * d`.
    private record DoubleModel(DlrmShape shape, double[] dense, double[] labels, int n) {
        double loss(double[] weights, double[] pooled) {
            double sum = 0;
            for (int s = 0; s < n; s++) {
                double z = logit(weights, pooled, s);
                double p = 1 / (1 + Math.exp(-z));
                double y = labels[s];
                sum += switch (shape.loss()) {
                    case BCE -> -(y * Math.log(p) + (1 - y) * Math.log(1 - p));
                    case MSE -> (p - y) * (p - y);
                };
            }
            return sum / n;
        }

        private double logit(double[] weights, double[] pooled, int s) {
            int dim = shape.embeddingDim();
            int tables = shape.tables().size();
            int features = shape.bottom().getFirst();
            double[] x = new double[features];
            System.arraycopy(dense, s * features, x, 0, features);
            int[] offset = {0};
            double[][] v = new double[tables + 1][dim];
            v[0] = mlp(weights, offset, shape.bottom(), x, true);
            for (int t = 0; t < tables; t++) {
                System.arraycopy(pooled, (s * tables + t) * dim, v[t + 1], 0, dim);
            }
            return mlp(weights, offset, shape.top(), interact(v), false)[0];
        }

        private double[] interact(double[][] v) {
            double[] out = new double[shape.interactionWidth()];
            int at = 0;
            for (int i = 0; i < v.length; i++) {
                if (i == 0 || shape.interaction() == InteractionKind.CAT) {
                    for (double value : v[i]) {
                        out[at++] = value;
                    }
                }
            }
            for (int i = 0; at < out.length; i++) {
                for (int j = 0; j < (shape.interactionItself() ? i + 1 : i); j++) {
                    for (int c = 0; c < v[i].length; c++) {
                        out[at] += v[i][c] * v[j][c];
                    }
                    at++;
                }
            }
            return out;
        }

        private static double[] mlp(
                double[] weights, int[] offset, List<Integer> widths, double[] input, boolean reluAtEnd) {
            double[] x = input;
            for (int k = 0; k + 1 < widths.size(); k++) {
                int in = widths.get(k);
                int out = widths.get(k + 1);
                double[] y = new double[out];
                for (int o = 0; o < out; o++) {
                    y[o] = weights[offset[0] + in * out + o];
                    for (int i = 0; i < in; i++) {
                        y[o] += weights[offset[0] + o * in + i] * x[i];
                    }
                    if (reluAtEnd || k + 2 < widths.size()) {
                        y[o] = Math.max(y[o], 0);
                    }
                }
                offset[0] += in * out + out;
                x = y;
            }
            return x;
        }
    }
}
