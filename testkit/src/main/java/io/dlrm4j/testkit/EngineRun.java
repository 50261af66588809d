package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.TableGroup;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The training step on one rank, driven through the seam of an engine.
final class EngineRun implements AutoCloseable {
    /// Where the pooled vectors of a batch lie.
    enum Layout {
        /// All samples of table 0, then all of table 1, …
        TABLE_BY_TABLE,
        /// All tables of sample 0, some floats that belong to nobody, all tables of sample 1, …
        SAMPLE_BY_SAMPLE,
        /// All tables of sample 0, all tables of sample 1, …, the tables looked up as a group.
        GROUP
    }

    private static final int GAP = 3;
    private static final float NOBODYS = 12_345;

    private final DlrmShape shape;
    private final Layout layout;
    private final OffHeap memory = OffHeap.unlimited("engine run");
    private final DensePart dense;
    private final List<EmbeddingTable> tables = new ArrayList<>();
    private final PooledVectors pooled;
    private final @Nullable TableGroup group;
    private final Batch batch;

    EngineRun(
            Engine engine,
            DlrmShape shape,
            UpdateRule denseRule,
            UpdateRule tableRule,
            BatchSource source,
            Layout layout) {
        int samples = (int) source.samples();
        int count = shape.tables().size();
        int pooling = source.schema().tables().stream()
                .mapToInt(t -> t.maxPooling())
                .max()
                .orElse(1);
        this.shape = shape;
        this.layout = layout;
        this.dense = engine.dense(shape, samples, denseRule, memory);
        for (int t = 0; t < count; t++) {
            tables.add(engine.table(
                    "table " + t,
                    shape.tables().get(t),
                    shape.embeddingDim(),
                    samples,
                    samples * pooling,
                    tableRule,
                    memory));
        }
        long room = (long) samples * (count * shape.embeddingDim() + GAP);
        this.pooled = new PooledVectors(memory.floats("pooled", room), memory.floats("gradients", room), count);
        pooled.values().fill(NOBODYS);
        pooled.gradients().fill(NOBODYS);
        this.group = layout == Layout.GROUP ? engine.tableGroup(tables, memory) : null;
        boolean[] all = new boolean[count];
        Arrays.fill(all, true);
        this.batch = new Batch(memory, "batch", source.schema(), samples, 0, 1, all);
    }

    DensePart dense() {
        return dense;
    }

    EmbeddingTable table(int table) {
        return tables.get(table);
    }

    OffHeap memory() {
        return memory;
    }

    /// Starts both from the reference model's weights.
    void copyWeightsOf(ReferenceDlrm model) {
        for (int i = 0; i < model.weights().length; i++) {
            dense.weights().set(i, (float) model.weights()[i]);
        }
        dense.weightsChanged();
        for (int t = 0; t < tables.size(); t++) {
            Floats rows = memory.floats("rows", model.table(t).length);
            for (int i = 0; i < model.table(t).length; i++) {
                rows.set(i, (float) model.table(t)[i]);
            }
            tables.get(t).writeWeights(0, tables.get(t).rows(), rows);
        }
    }

    /// @return rows of a table
    float[] rows(int table) {
        EmbeddingTable rows = tables.get(table);
        Floats out = memory.floats("rows", rows.rows() * rows.dim());
        rows.readWeights(0, rows.rows(), out);
        return out.toArray();
    }

    /// @return optimizer state of a table
    float[] state(int table) {
        EmbeddingTable rows = tables.get(table);
        Floats out = memory.floats("state", rows.rows() * rows.stateWidth());
        rows.readState(0, rows.rows(), out);
        return out.toArray();
    }

    /// @return mean loss of the samples `[first, first + count)` before the update
    double step(BatchSource source, long first, int count, float learningRate) {
        source.read(first, count, batch);
        place(count);
        dense.bottomForward(batch.dense(), count);
        lookUp();
        List<Long> ready = new ArrayList<>();
        double loss = dense.topStep(pooled, batch.labels(), 1f / count, ready::add) / count;
        assertNobodysFloatsAreUntouched(count);
        dense.bottomBackward(ready::add);
        assertThat(ready).isSortedAccordingTo((a, b) -> Long.compare(b, a)).endsWith(0L);
        dense.update(learningRate);
        moveRows(learningRate); // last: nothing waits for it but who reads rows
        return loss;
    }

    private void lookUp() {
        if (group != null) {
            group.pool(bags(), pooled.values());
            return;
        }
        for (int t = 0; t < tables.size(); t++) {
            tables.get(t).pool(batch.bags(t), pooled.values(), pooled.offset(t), pooled.stride(t));
        }
    }

    private void moveRows(float learningRate) {
        if (group != null) {
            group.update(bags(), pooled.gradients(), learningRate);
            return;
        }
        for (int t = 0; t < tables.size(); t++) {
            tables.get(t).update(batch.bags(t), pooled.gradients(), pooled.offset(t), pooled.stride(t), learningRate);
        }
    }

    private Bags[] bags() {
        Bags[] bags = new Bags[tables.size()];
        Arrays.setAll(bags, batch::bags);
        return bags;
    }

    private void assertNobodysFloatsAreUntouched(int count) {
        long taken = (long) tables.size() * shape.embeddingDim();
        for (int s = 0; layout == Layout.SAMPLE_BY_SAMPLE && s < count; s++) {
            for (int i = 0; i < GAP; i++) {
                assertThat(pooled.values().get(s * (taken + GAP) + taken + i)).isEqualTo(NOBODYS);
                assertThat(pooled.gradients().get(s * (taken + GAP) + taken + i))
                        .isEqualTo(NOBODYS);
            }
        }
    }

    private void place(int count) {
        int dim = shape.embeddingDim();
        for (int t = 0; t < tables.size(); t++) {
            switch (layout) {
                case TABLE_BY_TABLE -> pooled.place(t, (long) t * count * dim, dim);
                case GROUP -> pooled.place(t, (long) t * dim, tables.size() * dim);
                case SAMPLE_BY_SAMPLE -> pooled.place(t, (long) t * dim, tables.size() * dim + GAP);
            }
        }
    }

    @Override
    public void close() {
        if (group != null) {
            group.close();
        }
        dense.close();
        tables.forEach(EmbeddingTable::close);
        memory.close();
    }
}
