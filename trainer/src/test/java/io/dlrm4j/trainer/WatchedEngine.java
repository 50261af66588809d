package io.dlrm4j.trainer;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.Crew;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.EngineProvider;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.engine.cpu.CpuEngine;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The engine `cpu` that offers its step as one piece, as a card does, and writes down what is asked of it. A
/// step is taken at its start; its loss is given at its finish.
public final class WatchedEngine implements EngineProvider, Engine {
    /// What was asked, in order: `start 3`, `finish 3`, `forward`.
    static final List<String> CALLS = new ArrayList<>();

    /// The step whose loss is not a number; -1: none.
    static long poisoned = -1;

    private final CpuEngine cpu = new CpuEngine(1);
    private long step;

    /// For the service loader.
    public WatchedEngine() {}

    @Override
    public String name() {
        return "watched";
    }

    @Override
    public Engine create(JobConfig config) {
        return new WatchedEngine();
    }

    @Override
    public String description() {
        return "watched";
    }

    @Override
    public DensePart dense(DlrmShape shape, int maxSamples, UpdateRule rule, OffHeap memory) {
        return cpu.dense(shape, maxSamples, rule, memory);
    }

    @Override
    public EmbeddingTable table(
            String name, long rows, int dim, int maxSamples, int maxIds, UpdateRule rule, OffHeap memory) {
        return cpu.table(name, rows, dim, maxSamples, maxIds, rule, memory);
    }

    @Override
    public Crew crew() {
        return cpu.crew();
    }

    @Override
    public void atStep(long next) {
        step = next;
    }

    @Override
    public WholeStep wholeStep(DensePart dense, List<EmbeddingTable> tables, OffHeap memory) {
        return new Step(dense, tables, memory);
    }

    @Override
    public void close() {
        cpu.close();
    }

    private final class Step implements WholeStep {
        private static final int MOST_SAMPLES = 64;

        private final DensePart dense;
        private final List<EmbeddingTable> tables;
        private final PooledVectors pooled;
        private final Deque<Double> losses = new ArrayDeque<>();
        private final Deque<Long> underWay = new ArrayDeque<>();

        Step(DensePart dense, List<EmbeddingTable> tables, OffHeap memory) {
            this.dense = dense;
            this.tables = tables;
            int dim = tables.getFirst().dim();
            long room = (long) MOST_SAMPLES * tables.size() * dim;
            pooled = new PooledVectors(memory.floats("v", room), memory.floats("g", room), tables.size());
            for (int t = 0; t < tables.size(); t++) {
                pooled.place(t, (long) t * dim, tables.size() * dim);
            }
        }

        private void lookUp(Batch batch) {
            dense.bottomForward(batch.dense(), batch.size());
            for (int t = 0; t < tables.size(); t++) {
                tables.get(t).pool(batch.bags(t), pooled.values(), pooled.offset(t), pooled.stride(t));
            }
        }

        @Override
        public void start(Batch batch, float learningRate) {
            if (underWay.size() == MOST_UNDER_WAY) {
                throw new IllegalStateException("too many under way");
            }
            CALLS.add("start " + step);
            underWay.add(step);
            lookUp(batch);
            losses.add(dense.topStep(pooled, batch.labels(), 1f / batch.size(), from -> {}));
            dense.bottomBackward(from -> {});
            for (int t = 0; t < tables.size(); t++) {
                tables.get(t)
                        .update(batch.bags(t), pooled.gradients(), pooled.offset(t), pooled.stride(t), learningRate);
            }
            dense.update(learningRate);
        }

        @Override
        public double finish() {
            long number = underWay.remove();
            CALLS.add("finish " + number);
            double loss = losses.remove();
            return number == poisoned ? Double.NaN : loss;
        }

        @Override
        public Floats forward(Batch batch) {
            if (!underWay.isEmpty()) {
                throw new IllegalStateException("forward while a step is under way");
            }
            CALLS.add("forward");
            lookUp(batch);
            return dense.topForward(pooled);
        }

        @Override
        public void close() {}
    }
}
