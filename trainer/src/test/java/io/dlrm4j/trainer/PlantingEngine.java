package io.dlrm4j.trainer;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.EngineProvider;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.cpu.CpuEngine;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The engine `cpu` into which a test plants a value at one place of one step on one rank, as a fault of the
/// data, of the arithmetic or of the memory would.
public final class PlantingEngine implements EngineProvider, Engine {
    /// Where a value is planted.
    enum Place {
        FEATURE,
        LABEL,
        WEIGHT,
        TABLE_ROW,
        ROW_AFTER_THE_STEP,
        OWN_GRADIENT,
        SUMMED_GRADIENT,
        STATE,
        POOLED_GRADIENT
    }

    /// @param place where
    /// @param name of a parameter, or of a table as `table 3`
    /// @param index of the float within features, parameter, or row
    /// @param step from 0
    record Plant(Place place, String name, int index, float value, int rank, long step) {}

    /// What is planted by the ranks of this process; null: nothing.
    static volatile @Nullable Plant plant;

    private final CpuEngine cpu = new CpuEngine(1);
    private final Map<String, EmbeddingTable> tables = new HashMap<>();
    private long step;

    /// For the service loader.
    public PlantingEngine() {}

    @Override
    public String name() {
        return "planting";
    }

    @Override
    public Engine create(JobConfig config) {
        return new PlantingEngine();
    }

    @Override
    public String description() {
        return "planting";
    }

    @Override
    public DensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        return new Planted(shape, cpu.dense(shape, maxSamples, rule, memory));
    }

    @Override
    public EmbeddingTable table(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        EmbeddingTable table = cpu.table(name, rows, dim, maxSamples, maxIds, rule, memory);
        tables.put(name, table);
        return table;
    }

    @Override
    public Crew crew() {
        return cpu.crew();
    }

    @Override
    public void atStep(long next) {
        step = next;
        Plant due = due(Place.TABLE_ROW);
        if (due != null) {
            plantRow(due);
        }
    }

    private void plantRow(Plant due) {
        EmbeddingTable table = tables.get(due.name);
        if (table != null) {
            try (OffHeap memory = OffHeap.unlimited("planted")) {
                Floats row = memory.floats("row", table.dim());
                row.fill(due.value);
                table.writeWeights(due.index, 1, row);
            }
        }
    }

    /// A table is planted on the rank that has it, everything else on the rank that is named.
    private @Nullable Plant due(Place place) {
        Plant planted = plant;
        if (planted == null || planted.place != place || planted.step != step) {
            return null;
        }
        boolean anyRank = place == Place.TABLE_ROW || place == Place.ROW_AFTER_THE_STEP;
        return anyRank || Thread.currentThread().getName().equals("rank-" + planted.rank) ? planted : null;
    }

    @Override
    public void close() {
        cpu.close();
    }

    private final class Planted implements DensePart {
        private final DlrmShape shape;
        private final DensePart part;

        Planted(DlrmShape shape, DensePart part) {
            this.shape = shape;
            this.part = part;
        }

        private void plant(Place place, Floats flat) {
            Plant due = due(place);
            if (due != null) {
                long offset = due.name.isEmpty()
                        ? 0
                        : shape.denseParameters().stream()
                                .filter(parameter -> parameter.name().equals(due.name))
                                .findFirst()
                                .orElseThrow()
                                .offset();
                flat.set(offset + due.index, due.value);
            }
        }

        @Override
        public Floats weights() {
            return part.weights();
        }

        @Override
        public void weightsChanged() {
            part.weightsChanged();
        }

        @Override
        public Floats gradients() {
            return part.gradients();
        }

        @Override
        public Floats state() {
            return part.state();
        }

        @Override
        public void bottomForward(Floats dense, int n) {
            plant(Place.FEATURE, dense);
            plant(Place.WEIGHT, part.weights());
            part.bottomForward(dense, n);
        }

        @Override
        public Floats topForward(PooledVectors pooled) {
            return part.topForward(pooled);
        }

        @Override
        public double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready) {
            plant(Place.LABEL, labels);
            double loss = part.topStep(pooled, labels, scale, ready);
            Plant due = due(Place.POOLED_GRADIENT);
            if (due != null) {
                int table = Integer.parseInt(due.name);
                pooled.gradients().set(pooled.offset(table) + (long) due.index * pooled.stride(table), due.value);
            }
            return loss;
        }

        @Override
        public void bottomBackward(LongConsumer ready) {
            part.bottomBackward(from -> {
                if (from == 0) { // the last to be told: the bucket at the front is summed now
                    plant(Place.OWN_GRADIENT, part.gradients());
                }
                ready.accept(from);
            });
        }

        @Override
        public boolean update(float learningRate) {
            plant(Place.SUMMED_GRADIENT, part.gradients());
            plant(Place.STATE, part.state());
            boolean finite = part.update(learningRate);
            Plant due = due(Place.ROW_AFTER_THE_STEP);
            if (due != null) {
                plantRow(due);
            }
            return finite;
        }

        @Override
        public @Nullable NotFinite firstNotFinite(PooledVectors pooled) {
            return part.firstNotFinite(pooled);
        }

        @Override
        public void close() {
            part.close();
        }
    }
}
