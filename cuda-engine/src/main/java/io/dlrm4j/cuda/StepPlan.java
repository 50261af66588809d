package io.dlrm4j.cuda;

import io.dlrm4j.cuda.DensePlan.Input;
import io.dlrm4j.cuda.TablesPlan.Lookup;
import io.dlrm4j.cuda.TablesPlan.Moment;
import io.dlrm4j.cuda.TablesPlan.Slots;
import io.dlrm4j.cuda.TablesPlan.Vectors;
import io.dlrm4j.cuda.api.Launcher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The whole step for one number of samples, recorded as graphs: one that trains, one that only goes forward; or
/// enqueued call by call, for profilers and to see what a graph saves.
final class StepPlan implements AutoCloseable {
    private final Card card;
    private final Launcher launcher;
    private final InputLayout layout;
    private final DensePlan dense;
    private final @Nullable TablesPlan tables;
    private final DenseBuffers buffers;
    private final long floats;
    private final @Nullable CardWorld world;
    private final CardWorld.@Nullable Parts parts;
    private final long trainGraph;
    private final long forwardGraph;

    /// @param world the other ranks' cards; null: there are none
    /// @param graphs whether to record graphs
    /// @param input device address of the batch
    /// @param layout where its parts are
    StepPlan(
            Card card,
            Kernels.Shape shape,
            CudaDensePart part,
            List<CudaEmbeddingTable> tables,
            DeviceMemory memory,
            Slots slots,
            @Nullable CardWorld world,
            boolean graphs,
            long input,
            InputLayout layout) {
        this.card = card;
        this.launcher = card.libraries().launcher();
        this.layout = layout;
        this.buffers = part.parts().buffers();
        this.floats = part.parts().layout().floats();
        this.world = world;
        this.parts = world == null ? null : world.parts(layout.bagSamples(), memory);
        this.dense = new DensePlan(
                part.parts(),
                new Input(
                        input + InputLayout.RATE,
                        input + InputLayout.SCALE,
                        input + layout.labels(),
                        input + layout.dense()),
                Math.max(1, layout.samples()),
                parts == null ? null : parts.exchanged());
        this.tables = tables.isEmpty() ? null : tables(shape, part, tables, memory, slots, input);
        card.finish("the plan of a step");
        trainGraph = graphs ? launcher.capture(card.main().stream(), this::train) : 0;
        forwardGraph = graphs ? captureForward() : 0;
    }

    private long captureForward() {
        try {
            return launcher.capture(card.main().stream(), this::forward);
        } catch (RuntimeException | Error e) {
            launcher.destroy(trainGraph);
            throw e;
        }
    }

    private TablesPlan tables(
            Kernels.Shape shape,
            CudaDensePart part,
            List<CudaEmbeddingTable> tables,
            DeviceMemory memory,
            Slots slots,
            long input) {
        List<Lookup> lookups = new ArrayList<>();
        for (int t = 0; t < tables.size(); t++) {
            long starts = layout.oneHot(t) ? 0 : input + layout.starts(t);
            lookups.add(new Lookup(tables.get(t).onCard(), input + layout.ids(t), starts, layout.room(t)));
        }
        return new TablesPlan(
                card,
                part.parts().kernels(),
                shape,
                memory,
                lookups,
                vectors(shape, tables),
                slots,
                tables.getFirst().rule(),
                layout.bagSamples(),
                new Moment(input + InputLayout.RATE, input + InputLayout.STEP),
                buffers.fault());
    }

    private Vectors vectors(Kernels.Shape shape, List<CudaEmbeddingTable> tables) {
        if (world != null) {
            return Vectors.exchanged(world.owned(), tables.size() * shape.dim(), shape.dim());
        }
        int padded = shape.padded();
        long first = (long) padded * buffers.type().bytes(); // after feature 0
        return Vectors.features(
                buffers.features() + first, buffers.gradFeatures() + first, (long) shape.features() * padded, padded);
    }

    private void train() {
        boolean any = layout.samples() > 0;
        lookUp();
        if (any) {
            dense.topForward();
            dense.loss();
            dense.topBackward();
        }
        card.fork();
        if (world != null && parts != null) {
            world.returnGradients(parts, card.side());
        }
        if (tables != null) {
            tables.update(card.side());
        }
        if (any) {
            dense.bottomBackward();
        }
        dense.joinWeightGradients();
        if (world != null) {
            world.sumGradients(buffers, floats, card.main());
        }
        dense.update();
        if (world != null) {
            world.joinResults(buffers, card.main());
        }
    }

    private void forward() {
        lookUp();
        if (layout.samples() > 0) {
            dense.topForward();
            dense.logits();
        }
    }

    /// The bottom MLP, and beside it the tables; then the way of their vectors to this rank.
    private void lookUp() {
        dense.clear();
        card.fork();
        if (tables != null) {
            tables.check(card.side());
            tables.pool(card.side());
        }
        if (layout.samples() > 0) {
            dense.bottomForward();
        }
        card.join();
        if (world != null && parts != null) {
            world.bringVectors(parts, card.main());
        }
    }

    InputLayout layout() {
        return layout;
    }

    /// Enqueues the step that trains.
    void enqueueTraining() {
        enqueue(trainGraph, this::train);
    }

    /// Enqueues the step that ends with the logits.
    void enqueueForward() {
        enqueue(forwardGraph, this::forward);
    }

    private void enqueue(long graph, Runnable calls) {
        if (graph == 0) {
            calls.run();
        } else {
            launcher.launch(graph, card.main().stream());
        }
    }

    @Override
    public void close() {
        if (trainGraph != 0) {
            launcher.destroy(trainGraph);
            launcher.destroy(forwardGraph);
        }
        dense.close();
    }
}
