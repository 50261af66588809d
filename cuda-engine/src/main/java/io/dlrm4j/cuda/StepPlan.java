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

/// The whole step for one number of samples, recorded as graphs: one that trains, one that only goes forward.
final class StepPlan implements AutoCloseable {
    private final Card card;
    private final Launcher launcher;
    private final InputLayout layout;
    private final DensePlan dense;
    private final @Nullable TablesPlan tables;
    private final long trainGraph;
    private final long forwardGraph;

    /// @param input device address of the batch
    /// @param layout where its parts are
    StepPlan(
            Card card,
            Kernels.Shape shape,
            CudaDensePart part,
            List<CudaEmbeddingTable> tables,
            DeviceMemory memory,
            Slots slots,
            long input,
            InputLayout layout) {
        this.card = card;
        this.launcher = card.libraries().launcher();
        this.layout = layout;
        this.dense = new DensePlan(
                part.parts(),
                new Input(
                        input + InputLayout.RATE,
                        input + InputLayout.SCALE,
                        input + layout.labels(),
                        input + layout.dense()),
                layout.samples());
        this.tables = tables.isEmpty() ? null : tables(shape, part, tables, memory, slots, input);
        card.finish("the plan of a step");
        trainGraph = launcher.capture(card.main().stream(), this::train);
        forwardGraph = captureForward();
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
        DenseBuffers buffers = part.parts().buffers();
        int padded = shape.padded();
        long first = (long) padded * buffers.type().bytes(); // after feature 0
        Vectors vectors = new Vectors(
                buffers.features() + first, buffers.gradFeatures() + first, (long) shape.features() * padded, padded);
        return new TablesPlan(
                card,
                part.parts().kernels(),
                shape,
                memory,
                lookups,
                vectors,
                slots,
                tables.getFirst().rule(),
                layout.samples(),
                new Moment(input + InputLayout.RATE, input + InputLayout.STEP),
                buffers.fault());
    }

    private void train() {
        lookUp();
        dense.topForward();
        dense.loss();
        dense.topBackward();
        card.fork();
        if (tables != null) {
            tables.update(card.side());
        }
        dense.bottomBackward();
        dense.joinWeightGradients();
        dense.update();
    }

    private void forward() {
        lookUp();
        dense.topForward();
        dense.logits();
    }

    /// The bottom MLP, and beside it the tables.
    private void lookUp() {
        dense.clear();
        card.fork();
        if (tables != null) {
            tables.check(card.side());
            tables.pool(card.side());
        }
        dense.bottomForward();
        card.join();
    }

    InputLayout layout() {
        return layout;
    }

    /// @return the graph that trains
    long trainGraph() {
        return trainGraph;
    }

    /// @return the graph that ends with the logits
    long forwardGraph() {
        return forwardGraph;
    }

    @Override
    public void close() {
        launcher.destroy(trainGraph);
        launcher.destroy(forwardGraph);
        dense.close();
    }
}
