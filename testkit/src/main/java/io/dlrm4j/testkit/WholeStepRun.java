package io.dlrm4j.testkit;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// A model as one step of an engine ([WholeStep]), and beside it in double precision.
public final class WholeStepRun implements AutoCloseable {
    private final OffHeap memory = OffHeap.unlimited("test");
    private final RandomBatches source;
    private final ReferenceDlrm model;
    private final DensePart dense;
    private final List<EmbeddingTable> tables = new ArrayList<>();
    private final WholeStep step;
    private final Batch[] batches;

    /// @param engine one that offers a whole step
    /// @param rule of the tables
    /// @param source the samples, which fit one batch
    public WholeStepRun(Engine engine, DlrmShape shape, OptimizerKind rule, RandomBatches source) {
        this.source = source;
        this.model = EngineChecks.initialised(shape, rule);
        int samples = (int) source.samples();
        dense = engine.dense(shape, samples, EngineChecks.denseRule(rule), memory);
        boolean[] all = new boolean[shape.tables().size()];
        Arrays.fill(all, true);
        for (int t = 0; t < all.length; t++) {
            int maxIds = samples * source.schema().tables().get(t).maxPooling();
            tables.add(engine.table(
                    "table " + t,
                    shape.tables().get(t),
                    shape.embeddingDim(),
                    samples,
                    maxIds,
                    new UpdateRule(rule, EngineChecks.EPS),
                    memory));
        }
        step = Objects.requireNonNull(engine.wholeStep(dense, tables, memory));
        batches = new Batch[] {
            new Batch(memory, "A", source.schema(), samples, 0, 1, all),
            new Batch(memory, "B", source.schema(), samples, 0, 1, all)
        };
        writeWeights();
    }

    private void writeWeights() {
        copy(model.weights(), dense.weights());
        dense.weightsChanged();
        for (int t = 0; t < tables.size(); t++) {
            Floats rows = memory.floats("rows", model.table(t).length);
            copy(model.table(t), rows);
            tables.get(t).writeWeights(0, tables.get(t).rows(), rows);
        }
    }

    private static void copy(double[] from, Floats to) {
        for (int i = 0; i < from.length; i++) {
            to.set(i, (float) from[i]);
        }
    }

    /// Fills one of two batches.
    ///
    /// @param turn even: the first
    public Batch batch(int turn, int first, int count) {
        source.read(first, count, batches[turn % 2]);
        return batches[turn % 2];
    }

    /// Trains both on consecutive batches, the next one started before the last is finished, and compares
    /// losses.
    public void train(int[] sizes, float rate, double tolerance) {
        int first = 0;
        double[] want = new double[sizes.length];
        float[] got = new float[sizes.length];
        for (int k = 0; k < sizes.length; k++) {
            Batch next = batch(k, first, sizes[k]);
            step.start(next, rate);
            next.labels().fill(Float.NaN); // start has taken the batch: it may be filled again
            want[k] = model.step(EngineChecks.samples(source, first, sizes[k]), rate);
            first += sizes[k];
            if (k > 0) {
                got[k - 1] = (float) (step.finish() / sizes[k - 1]);
            }
        }
        got[sizes.length - 1] = (float) (step.finish() / sizes[sizes.length - 1]);
        EngineChecks.assertClose("losses", got, want, tolerance);
    }

    /// Compares everything that a checkpoint holds.
    public void compareWeights(double tolerance) {
        EngineChecks.assertClose("MLPs", dense.weights().toArray(), model.weights(), tolerance);
        if (dense.state().length() > 0) {
            EngineChecks.assertClose("state of MLPs", dense.state().toArray(), model.weightState(), tolerance);
        }
        for (int t = 0; t < tables.size(); t++) {
            EngineChecks.assertClose("table " + t, rows(t), model.table(t), tolerance);
            EmbeddingTable table = tables.get(t);
            if (table.stateWidth() > 0) {
                Floats state = memory.floats("state", table.rows() * table.stateWidth());
                table.readState(0, table.rows(), state);
                EngineChecks.assertClose("state of table " + t, state.toArray(), model.tableState(t), tolerance);
            }
        }
    }

    /// Compares the logits of samples `[first, first + count)`.
    public void compareLogits(int first, int count) {
        float[] logits = step.forward(batch(0, first, count)).toArray();
        double[] want = model.forward(EngineChecks.samples(source, first, count));
        EngineChecks.assertClose("logits", logits, want, EngineChecks.SINGLE_PRECISION);
    }

    /// @return everything that a checkpoint holds, one after another
    public float[] snapshot() {
        List<Floats> parts = new ArrayList<>(List.of(dense.weights(), dense.state()));
        for (EmbeddingTable table : tables) {
            Floats weights = memory.floats("rows", table.rows() * table.dim());
            Floats state = memory.floats("state", table.rows() * table.stateWidth());
            table.readWeights(0, table.rows(), weights);
            table.readState(0, table.rows(), state);
            parts.add(weights);
            parts.add(state);
        }
        Floats all = memory.floats(
                "snapshot", parts.stream().mapToLong(Floats::length).sum());
        long at = 0;
        for (Floats part : parts) {
            all.slice(at, part.length()).copyFrom(part);
            at += part.length();
        }
        return all.toArray();
    }

    /// Continues from a [#snapshot] of another run of the same model.
    public void restore(float[] snapshot) {
        Floats all = Floats.of(memory, "snapshot", snapshot);
        long at = 0;
        for (Floats part : List.of(dense.weights(), dense.state())) {
            part.copyFrom(all.slice(at, part.length()));
            at += part.length();
        }
        dense.weightsChanged();
        for (EmbeddingTable table : tables) {
            long weights = table.rows() * table.dim();
            long state = table.rows() * table.stateWidth();
            table.writeWeights(0, table.rows(), all.slice(at, weights));
            table.writeState(0, table.rows(), all.slice(at + weights, state));
            at += weights + state;
        }
    }

    private float[] rows(int t) {
        EmbeddingTable table = tables.get(t);
        Floats rows = memory.floats("rows", table.rows() * table.dim());
        table.readWeights(0, table.rows(), rows);
        return rows.toArray();
    }

    /// @return the step
    public WholeStep step() {
        return step;
    }

    /// @return the dense part
    public DensePart dense() {
        return dense;
    }

    /// @return the tables
    public List<EmbeddingTable> tables() {
        return tables;
    }

    @Override
    public void close() {
        step.close();
        tables.forEach(EmbeddingTable::close);
        dense.close();
        memory.close();
    }
}
