package io.dlrm4j.cuda;

import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.Exchange.Where;
import io.dlrm4j.cuda.Kernels.Grid;
import io.dlrm4j.cuda.MlpPlan.Rows;
import io.dlrm4j.cuda.ParameterLayout.Layer;
import io.dlrm4j.cuda.api.Driver;
import io.dlrm4j.cuda.api.Product;
import io.dlrm4j.cuda.api.Work;
import org.jspecify.annotations.Nullable;

/// The dense part of a step for one number of samples, every kernel and product ready to enqueue. All of it
/// goes to the main lane, but for gradients of weights, which run beside it; [#joinWeightGradients] brings
/// them back.
final class DensePlan implements AutoCloseable {
    private static final int WARP = 32;
    private static final int MOST_WARPS = 4;

    private final Card card;
    private final Driver driver;
    private final DenseBuffers buffers;
    private final long floats;
    private final MlpPlan bottom;
    private final MlpPlan top;
    private final Work importDense;
    private final Work interactionForward;
    private final Work interactionBackward;
    private final Work headForward;
    private final Work head;
    private final Work update;

    /// Where a step's input lies on the card.
    ///
    /// @param rate the learning rate, a float
    /// @param scale by which the loss's gradient is multiplied, a float
    /// @param labels floats, one a sample
    /// @param dense floats, `[samples, denseFeatures]`, not padded
    record Input(long rate, long scale, long labels, long dense) {}

    /// What a plan is made from, the same for every number of samples.
    record Parts(
            Card card,
            Kernels kernels,
            Precision precision,
            DlrmShape shape,
            UpdateRule rule,
            ParameterLayout layout,
            DenseBuffers buffers) {}

    /// @param exchange where the vectors of the tables lie; null: among the features
    DensePlan(Parts parts, Input input, int samples, @Nullable Where exchange) {
        this.card = parts.card();
        this.driver = card.driver();
        this.buffers = parts.buffers();
        this.floats = parts.layout().floats();
        Kernels kernels = parts.kernels();
        DlrmShape shape = parts.shape();
        ParameterLayout layout = parts.layout();
        Product.Maker maker = card.products(parts.precision().compute());
        int sample = shape.features() * Rounding.up(shape.embeddingDim(), 4);
        int in = layout.bottom().getFirst().in();
        int width = shape.bottom().getFirst();
        importDense = kernels.launch(
                "import_rows",
                Grid.of((long) samples * in),
                input.dense(),
                (long) width,
                buffers.dense(),
                (long) in,
                width,
                in,
                samples);
        bottom = new MlpPlan(
                card,
                kernels,
                maker,
                buffers,
                samples,
                layout.bottom(),
                buffers.bottom(),
                new Rows(buffers.dense(), in),
                null,
                sample);
        Rows interacted = new Rows(buffers.interacted(), layout.interacted());
        Rows gradInteracted = new Rows(buffers.gradInteracted(), layout.interacted());
        top = new MlpPlan(
                card, kernels, maker, buffers, samples, layout.hidden(), buffers.top(), interacted, gradInteracted, 0);
        if (ParameterLayout.joins(shape)) {
            interactionForward = concatForward(kernels, interacted.pitch(), sample, samples, exchange);
            interactionBackward =
                    concatBackward(kernels, layout.bottom().getLast(), interacted.pitch(), sample, samples, exchange);
        } else {
            interactionForward = crossForward(kernels, shape, interacted.pitch(), samples, exchange);
            interactionBackward = crossBackward(kernels, shape, layout, samples, exchange);
        }
        boolean afterRelu = !layout.hidden().isEmpty();
        Layer last = layout.head();
        long h = afterRelu ? buffers.top().getLast().y() : buffers.interacted();
        long weight = last.weightAt() * Float.BYTES;
        long bias = last.biasAt() * Float.BYTES;
        Grid warpEach = new Grid(Math.ceilDiv((long) samples * WARP, (long) Kernels.THREADS), 1, Kernels.THREADS, 1, 0);
        headForward = kernels.launch(
                "head_forward",
                warpEach,
                h,
                buffers.parameters() + weight,
                buffers.parameters() + bias,
                buffers.logits(),
                samples);
        head = kernels.launch(
                "head",
                new Grid(warpEach.wanted(), 1, Kernels.THREADS, 1, 2 * last.in() * Float.BYTES),
                h,
                buffers.parameters() + weight,
                buffers.parameters() + bias,
                input.labels(),
                afterRelu ? buffers.top().getLast().gradient() : buffers.gradInteracted(),
                buffers.logits(),
                buffers.gradients() + weight,
                buffers.gradients() + bias,
                afterRelu ? buffers.gradients() + layout.hidden().getLast().biasAt() * Float.BYTES : 0L,
                buffers.result(),
                input.scale(),
                shape.loss() == LossKind.BCE ? 0 : 1,
                samples);
        update = update(kernels, parts.rule(), input.rate());
    }

    private Work crossForward(Kernels kernels, DlrmShape shape, int pitch, int samples, @Nullable Where exchange) {
        Grid grid = warps(shape, floatsOfWarp(shape, pitch), samples);
        if (exchange == null) {
            return kernels.launch("interaction_forward", grid, buffers.features(), buffers.interacted(), samples);
        }
        return kernels.launch(
                "interaction_forward_exchanged",
                grid,
                buffers.features(),
                exchange.vectors(),
                exchange.places(),
                buffers.interacted(),
                samples);
    }

    private Work crossBackward(
            Kernels kernels, DlrmShape shape, ParameterLayout layout, int samples, @Nullable Where exchange) {
        int rows = Rounding.up(shape.features(), 4);
        Grid grid = warps(shape, floatsOfWarp(shape, layout.interacted()) + rows * (rows + 4), samples);
        long bias = buffers.gradients() + layout.bottom().getLast().biasAt() * Float.BYTES;
        if (exchange == null) {
            return kernels.launch(
                    "interaction_backward",
                    grid,
                    buffers.features(),
                    buffers.gradInteracted(),
                    buffers.gradFeatures(),
                    bias,
                    samples);
        }
        return kernels.launch(
                "interaction_backward_exchanged",
                grid,
                buffers.features(),
                exchange.vectors(),
                exchange.places(),
                buffers.gradInteracted(),
                buffers.gradFeatures(),
                exchange.gradients(),
                bias,
                samples);
    }

    /// The same number as in `dlrm.cu`: features and the interaction's output of one sample.
    private static int floatsOfWarp(DlrmShape shape, int pitch) {
        return Rounding.up(shape.features(), 4) * (Rounding.up(shape.embeddingDim(), 4) + 4) + pitch;
    }

    /// As many warps in a block as its shared memory takes.
    private Grid warps(DlrmShape shape, int floatsOfWarp, int samples) {
        for (int warps = MOST_WARPS; warps >= 1; warps /= 2) {
            int bytes = warps * floatsOfWarp * Float.BYTES;
            if (bytes <= card.sharedMemory()) {
                return new Grid(Math.ceilDiv(samples, warps), 1, warps * WARP, 1, bytes);
            }
        }
        throw new IllegalArgumentException(
                "train.engine=cuda: %d features of width %d take %d bytes of shared memory, this card has %d; use --engine cpu"
                        .formatted(
                                shape.features(),
                                shape.embeddingDim(),
                                floatsOfWarp * Float.BYTES,
                                card.sharedMemory()));
    }

    private Work concatForward(Kernels kernels, int pitch, int sample, int samples, @Nullable Where exchange) {
        Grid grid = Grid.of((long) samples * sample / 4);
        if (exchange == null) {
            return kernels.launch("concat_forward", grid, buffers.features(), buffers.interacted(), pitch, samples);
        }
        return kernels.launch(
                "concat_forward_exchanged",
                grid,
                buffers.features(),
                exchange.vectors(),
                exchange.places(),
                buffers.interacted(),
                pitch,
                samples);
    }

    private Work concatBackward(
            Kernels kernels, Layer lastOfBottom, int pitch, int sample, int samples, @Nullable Where exchange) {
        Grid grid = Grid.of((long) samples * sample / 4);
        Work split = exchange == null
                ? kernels.launch(
                        "concat_backward", grid, buffers.gradInteracted(), pitch, buffers.gradFeatures(), samples)
                : kernels.launch(
                        "concat_backward_exchanged",
                        grid,
                        buffers.gradInteracted(),
                        pitch,
                        exchange.places(),
                        buffers.gradFeatures(),
                        exchange.gradients(),
                        samples);
        Work mask = MlpPlan.reluBackward(
                kernels,
                new Rows(buffers.features(), sample),
                new Rows(buffers.gradFeatures(), sample),
                buffers.gradients() + lastOfBottom.biasAt() * Float.BYTES,
                lastOfBottom.out(),
                samples);
        return lane -> {
            split.enqueue(lane);
            mask.enqueue(lane);
        };
    }

    private Work update(Kernels kernels, UpdateRule rule, long rate) {
        int vecs = Math.toIntExact(floats / 4);
        Grid grid = Grid.of(vecs);
        if (rule.kind() == OptimizerKind.ADAGRAD) {
            return kernels.launch(
                    "dense_adagrad",
                    grid,
                    buffers.parameters(),
                    buffers.gradients(),
                    buffers.state(),
                    buffers.image(),
                    rate,
                    rule.eps(),
                    vecs,
                    buffers.fault());
        }
        return kernels.launch(
                "dense_sgd",
                grid,
                buffers.parameters(),
                buffers.gradients(),
                buffers.image(),
                rate,
                vecs,
                buffers.fault());
    }

    /// Enqueues what a step begins with: no loss yet, no fault, no gradients.
    void clear() {
        driver.fill(buffers.result(), 0, DenseBuffers.resultBytes() / Integer.BYTES, card.main().stream());
        driver.fill(buffers.gradients(), 0, floats, card.main().stream());
    }

    /// Enqueues the bottom MLP; writes feature 0.
    void bottomForward() {
        importDense.enqueue(card.main());
        bottom.forward(card.main());
    }

    /// Enqueues the interaction of all features and the top MLP but its last layer.
    void topForward() {
        interactionForward.enqueue(card.main());
        top.forward(card.main());
    }

    /// Enqueues the last layer alone, for logits.
    void logits() {
        headForward.enqueue(card.main());
    }

    /// Enqueues the last layer, the loss, and the last layer's backward pass.
    void loss() {
        head.enqueue(card.main());
    }

    /// Enqueues the backward pass down to the gradients of all features.
    void topBackward() {
        card.fork();
        top.backward();
        interactionBackward.enqueue(card.main());
    }

    /// Enqueues the bottom MLP's backward pass. The side lane must have been forked from the main lane before.
    void bottomBackward() {
        bottom.backward();
    }

    /// What follows on the main lane comes after all gradients of weights.
    void joinWeightGradients() {
        card.join();
    }

    /// Enqueues the update of all parameters.
    void update() {
        update.enqueue(card.main());
    }

    @Override
    public void close() {
        bottom.close();
        top.close();
    }
}
