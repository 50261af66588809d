package io.dlrm4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.cuda.DensePlan.Parts;
import io.dlrm4j.cuda.Kernels.Grid;
import io.dlrm4j.cuda.ParameterLayout.Layer;
import io.dlrm4j.cuda.api.Driver;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The dense part on the card behind the engine's seam, as several ranks drive it.
///
/// ```
/// host    vectors travel │ await A │ gradients of vectors travel    │ await C │ sums over ranks …
///                        │         │ await B, sums of top's buckets │
/// card    bottom forward │ vectors come, interaction, top, loss, top backward, A: gradients of vectors go
///                                  │ B: top's gradients go │ bottom backward, C: its gradients go
/// ```
///
/// Everything up to C is enqueued when the vectors are here, so that the card works while gradients travel
/// between ranks; whoever waits lets bytes of other ranks in meanwhile. Pooled vectors and their gradients stay
/// in the places in which they travel ([Exchange]).
///
/// The card holds the weights. [#weights] and [#state] bring them to the host when they have moved since the
/// last call.
final class CudaDensePart implements DensePart {
    private final Parts parts;
    private final int maxSamples;
    private final Card card;
    private final Driver driver;
    private final DenseBuffers buffers;
    private final DeviceMemory memory;
    private final Floats weights;
    private final Floats gradients;
    private final Floats state;
    private final Floats logits;
    private final MemorySegment result;
    private @Nullable Door door;
    private boolean hostIsOld;
    private boolean diverged;
    private int n;

    /// What several ranks need, made with the first call: the whole step of a single rank does without.
    private final class Door {
        private final Exchange exchange = new Exchange(
                card, memory, parts.shape().tables().size(), parts.shape().embeddingDim(), maxSamples);
        private final InputLayout layout = InputLayout.of(
                new Bags[0], maxSamples, maxSamples, parts.shape().bottom().getFirst(), List.of());
        private final MemorySegment filled = driver.allocateHost(layout.bytes());
        private final MemorySegment flat = driver.allocateHost(parts.layout().floats() * Float.BYTES);
        private final long input = memory.bytes("labels and dense features", layout.bytes());
        private final long vectorsGone = driver.createEvent(false);
        private final long topGone = driver.createEvent(false);
        private final long bottomGone = driver.createEvent(false);
        private final Map<Integer, DensePlan> plans = new HashMap<>();

        private Door() {
            flat.fill((byte) 0); // the padding between gradients stays zero
        }

        private DensePlan plan(int samples) {
            return plans.computeIfAbsent(samples, count -> {
                DensePlan.Input from = new DensePlan.Input(
                        input + InputLayout.RATE,
                        input + InputLayout.SCALE,
                        input + layout.labels(),
                        input + layout.dense());
                return new DensePlan(parts, from, count, exchange.where());
            });
        }

        private void close() {
            plans.values().forEach(DensePlan::close);
            exchange.close();
            driver.freeHost(filled);
            driver.freeHost(flat);
            driver.destroyEvent(vectorsGone);
            driver.destroyEvent(topGone);
            driver.destroyEvent(bottomGone);
        }
    }

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
        this.driver = card.driver();
        this.maxSamples = maxSamples;
        this.memory = new DeviceMemory(card, "dense part");
        this.buffers = new DenseBuffers(memory, shape, layout, rule.kind(), precision, Math.max(maxSamples, 1));
        this.parts = new Parts(card, kernels, precision, shape, rule, layout, buffers);
        long count = shape.denseParameterCount();
        this.weights = host.floats("MLP weights", count);
        this.gradients = host.sharedFloats("MLP gradients", count);
        this.state = host.floats("MLP optimizer state", rule.kind() == OptimizerKind.ADAGRAD ? count : 0);
        this.logits = host.floats("logits", maxSamples);
        this.result = driver.allocateHost(DenseBuffers.resultBytes());
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

    private Door door() {
        if (door == null) {
            door = new Door();
        }
        return door;
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
            layout.read(card.staging(), buffers.parameters(), weights);
            if (state.length() > 0) {
                layout.read(card.staging(), buffers.state(), state);
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
        if (n > 0) {
            DensePlan plan = door().plan(n);
            plan.clear();
            long bytes = (long) n * parts.shape().bottom().getFirst() * Float.BYTES;
            send(dense.segment(), door().layout.dense(), bytes);
            plan.bottomForward();
        }
    }

    /// Enqueues host memory's way to the input; page-locked memory on the way holds it until then.
    private void send(MemorySegment from, long to, long bytes) {
        Door open = door();
        MemorySegment piece = open.filled.asSlice(to, bytes);
        piece.copyFrom(from.asSlice(0, bytes));
        driver.toDevice(open.input + to, piece, bytes, card.main().stream());
    }

    @Override
    public Floats topForward(PooledVectors pooled) {
        if (n > 0) {
            DensePlan plan = door().plan(n);
            door().exchange.bring(pooled, n);
            plan.topForward();
            plan.logits();
            card.staging().read(buffers.logits(), logits, n);
        }
        return logits.slice(0, n);
    }

    @Override
    public double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready) {
        List<Layer> top = parts.layout().top();
        long beyond = gradients.length();
        if (n > 0) {
            Door open = door();
            DensePlan plan = open.plan(n);
            open.exchange.bring(pooled, n);
            plan.topForward();
            send(labels.segment(), open.layout.labels(), (long) n * Float.BYTES);
            sendNumber(InputLayout.SCALE, scale);
            plan.loss();
            open.exchange.prepare(pooled, n);
            plan.topBackward();
            open.exchange.giveBack(pooled, n);
            driver.toHost(result, buffers.result(), result.byteSize(), card.main().stream());
            driver.record(open.vectorsGone, card.main().stream());
            card.join();
            driver.record(open.topGone, card.main().stream());
            fetch(top, open.topGone);
            card.fork();
            plan.bottomBackward();
            card.join();
            driver.record(open.bottomGone, card.main().stream());
            fetch(parts.layout().bottom(), open.bottomGone);
            card.await(open.vectorsGone, "the gradients of pooled vectors", () -> ready.accept(beyond));
            card.await(open.topGone, "the gradients of the top MLP", () -> ready.accept(beyond));
        }
        give(top, ready);
        if (n == 0) {
            return 0;
        }
        return diverged ? Double.NaN : result.get(JAVA_DOUBLE, 0);
    }

    /// Enqueues some layers' gradients' way to the host beside the main lane, once `event` has come, which from
    /// then on stands for their arrival.
    private void fetch(List<Layer> layers, long event) {
        long from = ParameterLayout.start(layers) * Float.BYTES;
        long bytes = ParameterLayout.end(layers) * Float.BYTES - from;
        driver.wait(card.copies(), event);
        driver.toHost(door().flat.asSlice(from, bytes), buffers.gradients() + from, bytes, card.copies());
        driver.record(event, card.copies());
    }

    private void sendNumber(long at, float value) {
        MemorySegment number = door().filled.asSlice(at, Float.BYTES);
        number.set(JAVA_FLOAT, 0, value);
        driver.toDevice(door().input + at, number, Float.BYTES, card.main().stream());
    }

    @Override
    public void bottomBackward(LongConsumer ready) {
        if (n > 0) {
            long beyond = parts.layout().top().getFirst().weight().offset(); // told already
            card.await(door().bottomGone, "the gradients of the bottom MLP", () -> ready.accept(beyond));
        }
        give(parts.layout().bottom(), ready);
    }

    private void give(List<Layer> layers, LongConsumer ready) {
        long first = layers.getFirst().weight().offset();
        if (n > 0) {
            ParameterLayout.unpack(door().flat, gradients, layers);
        } else {
            Layer last = layers.getLast();
            long end = last.bias().offset() + last.bias().count();
            gradients.slice(first, end - first).fill(0);
        }
        ready.accept(first);
    }

    @Override
    public boolean update(float learningRate) {
        Door open = door();
        DensePlan plan = open.plan(Math.max(n, 1)); // before gradients go there: a new plan tries its products
        ParameterLayout layout = parts.layout();
        ParameterLayout.pack(gradients, open.flat, layout.all());
        driver.toDevice(buffers.gradients(), open.flat, open.flat.byteSize(), card.main().stream());
        sendNumber(InputLayout.RATE, learningRate);
        driver.fill(buffers.fault(), 0, 1, card.main().stream());
        plan.update();
        driver.toHost(result, buffers.result(), result.byteSize(), card.main().stream());
        card.finish("the update of the MLPs");
        diverged |= !Fault.check(result.asSlice(Double.BYTES), List.of());
        hostIsOld = true;
        return !diverged;
    }

    @Override
    public void close() {
        if (door != null) {
            door.close();
            door = null;
        }
        driver.freeHost(result);
        memory.close();
    }
}
