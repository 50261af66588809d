package io.dlrm4j.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
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
        try (TinyModel model = new TinyModel(new CpuEngine(1), shape, TinyModel.SGD, n)) {
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
}
