package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.DensePlan.Input;
import io.dlrm4j.cuda.DensePlan.Parts;
import io.dlrm4j.cuda.Kernels.Grid;
import io.dlrm4j.cuda.ParameterLayout.Layer;
import io.dlrm4j.cuda.api.Driver;
import io.dlrm4j.cuda.api.Work;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// The dense part on the card behind the engine's seam, for several ranks: pooled vectors come from the host,
/// their gradients and those of the weights return there, each piece awaited.
///
/// The card holds the weights. [#weights] and [#state] bring them to the host when they have moved since the
/// last call.
final class CudaDensePart implements DensePart {
    private static final int CONTROL_WORDS = 64;

    private final Parts parts;
    private final int maxSamples;
    private final Card card;
    private final DenseBuffers buffers;
    private final DeviceMemory memory;
    private final Floats weights;
    private final Floats gradients;
    private final Floats state;
    private final Floats logits;
    private final Input input;
    private final long exchanged;
    private final MemorySegment result;
    private final Map<Integer, Plan> plans = new HashMap<>();
    private boolean hostIsOld;
    private boolean diverged;
    private int n;

    /// Everything for one number of samples.
    ///
    /// @param fromHost for each table: its vectors among the features
    /// @param toHost for each table: its gradients from among those of the features
    private record Plan(DensePlan dense, List<Work> fromHost, List<Work> toHost) {}

    /// @param layout where parameters lie
    CudaDensePart(
            Card card,
            Kernels kernels,
            Precision precision,
            DlrmShape shape,
            ParameterLayout layout,
            int maxSamples,
            UpdateRule rule,
            OffHeap host) {
        this.card = card;
        this.maxSamples = maxSamples;
        this.memory = new DeviceMemory(card, "dense part");
        this.buffers = new DenseBuffers(memory, shape, layout, rule.kind(), precision, Math.max(maxSamples, 1));
        this.parts = new Parts(card, kernels, precision, shape, rule, layout, buffers);
        long count = shape.denseParameterCount();
        this.weights = host.floats("MLP weights", count);
        this.gradients = host.floats("MLP gradients", count);
        this.state = host.floats("MLP optimizer state", rule.kind() == OptimizerKind.ADAGRAD ? count : 0);
        this.logits = host.floats("logits", maxSamples);
        this.result = card.driver().allocateHost(DenseBuffers.resultBytes());
        long controls = memory.words("learning rate and scale", CONTROL_WORDS);
        this.input = new Input(
                controls,
                controls + Float.BYTES,
                memory.words("labels", maxSamples),
                memory.words(
                        "dense features as the host has them",
                        (long) maxSamples * shape.bottom().getFirst()));
        this.exchanged =
                memory.words("vectors as the host has them", (long) maxSamples * Rounding.up(shape.embeddingDim(), 4));
    }

    /// @return what plans of this part are made from
    Parts parts() {
        return parts;
    }

    int maxSamples() {
        return maxSamples;
    }

    /// Says that weights and state have moved on the card.
    void moved() {
        hostIsOld = true;
    }

    private Plan plan() {
        return plans.computeIfAbsent(n, this::newPlan);
    }

    private Plan newPlan(int samples) {
        int features = parts.shape().features();
        int dim = parts.shape().embeddingDim();
        int padded = Rounding.up(dim, 4);
        long sample = (long) features * padded;
        Grid each = Grid.of((long) samples * padded);
        List<Work> fromHost = new ArrayList<>();
        List<Work> toHost = new ArrayList<>();
        for (int f = 1; f < features; f++) {
            long at = (long) f * padded * buffers.type().bytes();
            fromHost.add(parts.kernels()
                    .launch(
                            "import_rows",
                            each,
                            exchanged,
                            (long) padded,
                            buffers.features() + at,
                            sample,
                            dim,
                            padded,
                            samples));
            toHost.add(parts.kernels()
                    .launch(
                            "export_rows",
                            each,
                            buffers.gradFeatures() + at,
                            sample,
                            exchanged,
                            (long) padded,
                            padded,
                            samples));
        }
        return new Plan(new DensePlan(parts, input, samples), fromHost, toHost);
    }

    @Override
    public Floats weights() {
        refresh();
        return weights;
    }

    @Override
    public Floats state() {
        refresh();
        return state;
    }

    private void refresh() {
        if (hostIsOld) {
            hostIsOld = false;
            ParameterLayout layout = parts.layout();
            layout.read(card.staging(), buffers.parameters(), weights, layout.all());
            if (state.length() > 0) {
                layout.read(card.staging(), buffers.state(), state, layout.all());
            }
        }
    }

    @Override
    public void weightsChanged() {
        ParameterLayout layout = parts.layout();
        layout.write(card.staging(), weights, buffers.parameters());
        if (state.length() > 0) {
            layout.write(card.staging(), state, buffers.state());
        }
        if (buffers.image() != 0) {
            int row = 64; // every tensor starts at a multiple of it
            parts.kernels()
                    .launch(
                            "import_rows",
                            Grid.of(layout.floats()),
                            buffers.parameters(),
                            (long) row,
                            buffers.image(),
                            (long) row,
                            row,
                            row,
                            Math.toIntExact(layout.floats() / row))
                    .enqueue(card.main());
        }
        hostIsOld = false;
    }

    @Override
    public Floats gradients() {
        return gradients;
    }

    @Override
    public void bottomForward(Floats dense, int n) {
        if (n < 0 || n > maxSamples) {
            throw new IllegalArgumentException("dense part: n=%d samples, want 0 to %d".formatted(n, maxSamples));
        }
        this.n = n;
        if (n == 0) {
            return;
        }
        Plan plan = plan();
        plan.dense().clear();
        card.staging()
                .write(input.dense(), dense, (long) n * parts.shape().bottom().getFirst());
        plan.dense().bottomForward();
    }

    @Override
    public Floats topForward(PooledVectors pooled) {
        if (n > 0) {
            Plan plan = plan();
            importVectors(plan, pooled);
            plan.dense().topForward();
            plan.dense().logits();
            card.staging().read(buffers.logits(), logits, n);
        }
        return logits.slice(0, n);
    }

    @Override
    public double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready) {
        if (n > 0) {
            Plan plan = plan();
            importVectors(plan, pooled);
            plan.dense().topForward();
            card.staging().write(input.labels(), labels, n);
            card.driver().fill(input.scale(), Float.floatToRawIntBits(scale), 1, card.main().stream());
            plan.dense().loss();
            plan.dense().topBackward();
            exportGradients(plan, pooled);
            readResult("the loss");
        }
        giveGradients(parts.layout().top(), ready);
        if (n == 0) {
            return 0;
        }
        return diverged ? Double.NaN : result.get(JAVA_DOUBLE, 0);
    }

    private void importVectors(Plan plan, PooledVectors pooled) {
        int dim = parts.shape().embeddingDim();
        int padded = Rounding.up(dim, 4);
        for (int t = 0; t < pooled.tables(); t++) {
            card.staging().write(exchanged, padded, pooled.values(), pooled.offset(t), pooled.stride(t), dim, n);
            plan.fromHost().get(t).enqueue(card.main());
        }
    }

    private void exportGradients(Plan plan, PooledVectors pooled) {
        int dim = parts.shape().embeddingDim();
        int padded = Rounding.up(dim, 4);
        for (int t = 0; t < pooled.tables(); t++) {
            plan.toHost().get(t).enqueue(card.main());
            card.staging().read(exchanged, padded, pooled.gradients(), pooled.offset(t), pooled.stride(t), dim, n);
        }
    }

    private void readResult(String what) {
        card.driver().toHost(result, buffers.result(), result.byteSize(), card.main().stream());
        card.finish(what);
    }

    @Override
    public void bottomBackward(LongConsumer ready) {
        if (n > 0) {
            card.fork();
            plan().dense().bottomBackward();
        }
        giveGradients(parts.layout().bottom(), ready);
    }

    private void giveGradients(List<Layer> layers, LongConsumer ready) {
        long first = layers.getFirst().weight().offset();
        if (n > 0) {
            card.join();
            parts.layout().read(card.staging(), buffers.gradients(), gradients, layers);
        } else {
            Layer last = layers.getLast();
            long end = last.bias().offset() + last.bias().count();
            gradients.slice(first, end - first).fill(0);
        }
        ready.accept(first);
    }

    @Override
    public void update(float learningRate) {
        Driver driver = card.driver();
        DensePlan plan = plans.computeIfAbsent(Math.max(n, 1), this::newPlan).dense(); // a new one runs its products
        parts.layout().write(card.staging(), gradients, buffers.gradients());
        driver.fill(input.rate(), Float.floatToRawIntBits(learningRate), 1, card.main().stream());
        driver.fill(buffers.fault(), 0, 1, card.main().stream());
        plan.update();
        readResult("the update of the MLPs");
        diverged |= !Fault.check(result.asSlice(Double.BYTES), List.of());
        hostIsOld = true;
    }

    @Override
    public void close() {
        plans.values().forEach(plan -> plan.dense().close());
        plans.clear();
        card.driver().freeHost(result);
        memory.close();
    }
}
