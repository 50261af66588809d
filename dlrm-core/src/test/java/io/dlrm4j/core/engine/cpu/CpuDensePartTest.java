package io.dlrm4j.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.blas.Nd4jProducts;
import io.dlrm4j.core.blas.Nd4jViews;
import io.dlrm4j.core.blas.OneDnnProducts;
import io.dlrm4j.core.blas.PlainProducts;
import io.dlrm4j.core.blas.SelectedProducts;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.kernel.ScalarDenseKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class CpuDensePartTest {
    private static final Offset<Float> ROUNDING = Offset.offset(1e-5f);
    private static final DlrmShape DOT = TinyModel.shape(InteractionKind.DOT, false, LossKind.BCE);

    static List<CpuEngine> engines() {
        return List.of(
                new CpuEngine(SelectedProducts.of(new OneDnnProducts()), DenseKernels.best(), 1),
                new CpuEngine(SelectedProducts.of(new Nd4jProducts()), DenseKernels.best(), 1),
                new CpuEngine(SelectedProducts.of(new PlainProducts()), new ScalarDenseKernels(), 1));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void dl4jComputesTheSameFromTheSameWeightsBeforeAndAfterTraining(CpuEngine engine) {
        for (UpdateRule rule : List.of(TinyModel.SGD, TinyModel.ADAGRAD)) {
            try (TinyModel model = new TinyModel(engine, DOT, rule, TinyModel.SAMPLES)) {
                compareWithDl4j(model);
                double first = model.step(TinyModel.SAMPLES, 0.05f);
                for (int step = 0; step < 20; step++) {
                    model.step(TinyModel.SAMPLES, 0.05f);
                }
                compareWithDl4j(model);
                assertThat(model.step(TinyModel.SAMPLES, 0.05f)).isLessThan(0.9 * first);
            }
        }
    }

    private static void compareWithDl4j(TinyModel model) {
        CpuDensePart part = model.part;
        int n = TinyModel.SAMPLES;
        part.bottomForward(model.dense, n);
        Floats logits = part.topForward(model.pooled);
        float[] bottom = output(
                part.bottomNetwork(), model.dense, n, model.shape.bottom().getFirst());
        assertThat(part.firstShare().bottomOutput().toArray()).containsExactly(bottom, ROUNDING);
        float[] predicted =
                output(part.topNetwork(), part.firstShare().interactionOutput(), n, model.shape.interactionWidth());
        for (int s = 0; s < n; s++) {
            assertThat((float) (1 / (1 + Math.exp(-logits.get(s))))).isCloseTo(predicted[s], ROUNDING);
        }
    }

    private static float[] output(MultiLayerNetwork network, Floats input, int n, int width) {
        return network.output(Nd4jViews.of(input, n, width)).dup('c').data().asFloat();
    }

    @Test
    void dl4jsWeightsAreOursAtTheirPlacesInTheFlatBuffer() {
        try (TinyModel model = new TinyModel(new CpuEngine(1), DOT, TinyModel.SGD, 1)) {
            Floats weights = model.part.weights();
            for (Parameter parameter : model.shape.denseParameters()) {
                String[] name = parameter.name().split("\\.", -1);
                MultiLayerNetwork network =
                        name[0].equals("bot") ? model.part.bottomNetwork() : model.part.topNetwork();
                INDArray array = network.getParam(name[1] + (name[2].equals("weight") ? "_W" : "_b"));
                long address = array.data().address() + array.offset() * Float.BYTES;
                assertThat(address)
                        .as(parameter.name())
                        .isEqualTo(weights.segment().address() + parameter.offset() * Float.BYTES);
                assertThat(array.length()).isEqualTo(parameter.count());
            }
            Parameter weight = model.shape.denseParameters().getFirst();
            long in = weight.shape().get(1);
            INDArray array = model.part.bottomNetwork().getParam("0_W");
            assertThat(array.getFloat(2, 1)).isEqualTo(weights.get(weight.offset() + in + 2));
        }
    }

    @Test
    void enginesEndWithTheSameWeights() {
        List<float[]> ends = new ArrayList<>();
        for (CpuEngine engine : engines()) {
            try (TinyModel model = new TinyModel(engine, DOT, TinyModel.ADAGRAD, TinyModel.SAMPLES)) {
                for (int step = 0; step < 10; step++) {
                    model.step(TinyModel.SAMPLES, 0.01f);
                }
                ends.add(model.part.weights().toArray());
            }
        }
        assertThat(ends.get(1)).containsExactly(ends.get(0), Offset.offset(1e-4f));
        assertThat(ends.get(2)).containsExactly(ends.get(0), Offset.offset(1e-4f));
    }

    @Test
    void readyGoesDownFromTheLastLayerToZero() {
        try (TinyModel model = new TinyModel(new CpuEngine(1), DOT, TinyModel.SGD, TinyModel.SAMPLES)) {
            List<Long> told = new ArrayList<>();
            model.part.bottomForward(model.dense, TinyModel.SAMPLES);
            model.part.topStep(model.pooled, model.labels, 1f, told::add);
            model.part.bottomBackward(told::add);
            List<Long> weights = model.shape.denseParameters().stream()
                    .filter(p -> p.name().endsWith("weight"))
                    .map(Parameter::offset)
                    .toList();
            assertThat(told).containsExactlyElementsOf(weights.reversed()).endsWith(0L);
        }
    }

    @Test
    void noSamplesGiveZeroGradientsAndLeaveTheWeights() {
        try (TinyModel model = new TinyModel(new CpuEngine(1), DOT, TinyModel.ADAGRAD, TinyModel.SAMPLES)) {
            model.step(TinyModel.SAMPLES, 0.1f);
            float[] weights = model.part.weights().toArray();
            assertThat(model.step(0, 0.1f)).isZero();
            assertThat(model.part.gradients().toArray()).containsOnly(0f);
            assertThat(model.part.weights().toArray()).containsExactly(weights);
        }
    }

    @Test
    void smallerBatchAfterALargerOneComputesOnlyItself() {
        try (TinyModel used = new TinyModel(new CpuEngine(1), DOT, TinyModel.SGD, TinyModel.SAMPLES);
                TinyModel fresh = new TinyModel(new CpuEngine(1), DOT, TinyModel.SGD, TinyModel.SAMPLES)) {
            used.step(TinyModel.SAMPLES, 0f);
            assertThat(used.step(2, 0f)).isEqualTo(fresh.step(2, 0f));
            assertThat(used.part.gradients().toArray())
                    .containsExactly(fresh.part.gradients().toArray());
        }
    }

    @Test
    void topMlpOfOneLayerTrains() {
        DlrmShape shape =
                new DlrmShape(2, List.of(3, 2), List.of(3, 1), List.of(4L), InteractionKind.DOT, false, LossKind.MSE);
        try (TinyModel model = new TinyModel(new CpuEngine(1), shape, TinyModel.SGD, TinyModel.SAMPLES)) {
            double first = model.step(TinyModel.SAMPLES, 0.1f);
            for (int step = 0; step < 50; step++) {
                model.step(TinyModel.SAMPLES, 0.1f);
            }
            assertThat(model.step(TinyModel.SAMPLES, 0.1f)).isLessThan(first);
        }
    }

    @Test
    void refusesWhatDoesNotFitAndSaysWhy() {
        try (TinyModel model = new TinyModel(new CpuEngine(1), DOT, TinyModel.SGD, TinyModel.SAMPLES)) {
            assertThatThrownBy(() -> model.part.bottomForward(model.dense, 8))
                    .hasMessage("dense part: n=8 samples, want 0 to 7");
            assertThatThrownBy(() -> model.part.bottomForward(Floats.NONE, 7))
                    .hasMessage("dense part: dense features: 0 floats, want 21 or more");
            assertThatThrownBy(() -> model.part.topForward(model.pooled))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("dense part: topForward after START, want it right after bottomForward");
        }
    }

    @Test
    void refusesTheRowWiseRule() {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            UpdateRule rule = new UpdateRule(OptimizerKind.ROW_WISE_ADAGRAD, 0f);
            assertThatThrownBy(() -> new CpuEngine(1).dense(DOT, 1, rule, memory))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "optimizer.mlps=ROW_WISE_ADAGRAD, want SGD or ADAGRAD; the row-wise form is for tables");
        }
    }

    @Test
    void theDescriptionNamesProductsAndKernels() {
        assertThat(new CpuEngine(SelectedProducts.of(new PlainProducts()), new ScalarDenseKernels(), 1).description())
                .isEqualTo("matrix products by plain loops, kernels: plain loops");
    }
}
