package io.dlrm4j.bench;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.WholeStep;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.InitialWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/// Times the whole step of an engine, two batches under way, from the host's memory to the loss in the host's
/// memory.
final class GpuTiming implements AutoCloseable {
    private static final float EPS = 1e-8f;
    private static final float RATE = 0.01f;
    /// Larger tables stay zero: their content costs nothing on the card but minutes on the way there.
    private static final long INITIALISED_ROWS = 200_000;

    private final GpuModel model;
    private final OffHeap memory = OffHeap.unlimited("benchmark");
    private final DensePart dense;
    private final List<EmbeddingTable> tables = new ArrayList<>();
    private final WholeStep step;
    private final Batch[] batches = new Batch[2];

    /// How long and how often something is timed.
    ///
    /// @param rounds each a mean over many steps
    /// @param seconds that a round takes about
    /// @param warmUp steps before
    /// @param leastSteps of a round
    record Effort(int rounds, double seconds, int warmUp, int leastSteps) {}

    /// Microseconds of a step over the rounds, and the mean loss of the last one.
    record Result(double median, double fastest, double slowest, double loss) {}

    GpuTiming(Engine engine, GpuModel model, OptimizerKind rule, int mostSamples) {
        this.model = model;
        OptimizerKind ofDense = rule == OptimizerKind.SGD ? OptimizerKind.SGD : OptimizerKind.ADAGRAD;
        dense = engine.dense(model.shape(), mostSamples, new UpdateRule(ofDense, EPS), memory);
        InitialWeights initial = new InitialWeights(1);
        initial.dense(model.shape(), dense.weights());
        dense.weightsChanged();
        int dim = model.shape().embeddingDim();
        for (int t = 0; t < model.hotness().size(); t++) {
            long rows = model.shape().tables().get(t);
            int maxIds = mostSamples * model.hotness().get(t);
            EmbeddingTable table =
                    engine.table("table " + t, rows, dim, mostSamples, maxIds, new UpdateRule(rule, EPS), memory);
            if (rows <= INITIALISED_ROWS) {
                Floats values = memory.floats("initial rows", rows * dim);
                initial.rows(t, rows, 0, rows, dim, values);
                table.writeWeights(0, rows, values);
            }
            tables.add(table);
        }
        step = Objects.requireNonNull(engine.wholeStep(dense, tables, memory), "an engine with a whole step");
        Schema schema = model.schema();
        boolean[] all = new boolean[tables.size()];
        Arrays.fill(all, true);
        for (int i = 0; i < batches.length; i++) {
            batches[i] = new Batch(memory, "batch " + i, schema, mostSamples, 0, 1, all);
        }
    }

    private void fill(Batch batch, int samples, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        batch.globalSize(samples);
        for (int s = 0; s < samples; s++) {
            batch.labels().set(s, random.nextInt(4) == 0 ? 1 : 0);
        }
        for (long i = 0; i < (long) samples * model.shape().bottom().getFirst(); i++) {
            batch.dense().set(i, (float) random.nextDouble());
        }
        for (int t = 0; t < batch.tables(); t++) {
            Bags bags = batch.bags(t);
            double logRows = Math.log(model.shape().tables().get(t) + 1.0);
            int hot = model.hotness().get(t);
            for (int i = 0; i < samples * hot; i++) { // skewed: the logarithm of the row is uniform
                int row = (int) Math.exp(random.nextDouble() * logRows) - 1;
                bags.ids().set(i, Math.clamp(row, 0, (int)
                        (model.shape().tables().get(t) - 1)));
            }
            Ints starts = bags.starts();
            for (int s = 0; starts != null && s <= samples; s++) {
                starts.set(s, s * hot);
            }
            bags.count(samples);
        }
    }

    /// @param effort how long and how often
    Result measure(int samples, Effort effort) {
        fill(batches[0], samples, 1);
        fill(batches[1], samples, 2);
        double warm = steps(effort.warmUp());
        int count = Math.max(effort.leastSteps(), (int) (effort.seconds() * 1e6 / warm));
        double[] rounds = new double[effort.rounds()];
        for (int r = 0; r < rounds.length; r++) {
            rounds[r] = steps(count);
        }
        Arrays.sort(rounds);
        step.start(batches[0], RATE);
        double loss = step.finish() / samples;
        return new Result(rounds[rounds.length / 2], rounds[0], rounds[rounds.length - 1], loss);
    }

    /// @return microseconds a step
    private double steps(int count) {
        long start = System.nanoTime();
        step.start(batches[0], RATE);
        for (int k = 1; k < count; k++) {
            step.start(batches[k % 2], RATE);
            step.finish();
        }
        step.finish();
        return (System.nanoTime() - start) * 1e-3 / count;
    }

    @Override
    public void close() {
        step.close();
        tables.forEach(EmbeddingTable::close);
        dense.close();
        memory.close();
    }
}
