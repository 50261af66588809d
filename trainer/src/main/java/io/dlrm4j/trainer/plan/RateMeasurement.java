package io.dlrm4j.trainer.plan;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.ModelConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.InitialWeights;
import io.dlrm4j.criteo.PreparedData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/// Measures [Rates] with the parts of a step themselves, on the ranks of a job: MLP kernels, rows, reader, collectives.
///
/// Every rank calls the same methods. What computes is measured while all ranks compute, as in a job. A number is the
/// mean of the best of several windows: other programs only ever make it larger.
public final class RateMeasurement {
    private static final List<Integer> BOTTOM = List.of(13, 512, 256, 64, 16);
    private static final List<Integer> TOP = List.of(512, 256, 1);
    private static final int TABLES = 26;
    private static final int DIM = 16;
    private static final int SMALL = 128;
    private static final int ROW_BATCHES = 32;
    private static final int CACHED_ROWS = 4_096;
    private static final int RANDOM_ROWS = 512; // for each sample of a batch
    private static final int WIDE = 64;
    private static final long STREAM_BYTES = 64L << 20;
    private static final int SMALL_PART = 256;
    private static final int LARGE_PART = 1 << 20;
    private static final int SUM_FLOATS = 1 << 19;
    private static final int RUNS = 50;

    private final Communicator ranks;
    private final OffHeap memory;
    private final Effort effort;

    /// How much is done for each number.
    ///
    /// @param warmSeconds that do not count, until the virtual machine has compiled what is measured
    /// @param samples of a batch
    /// @param windows of which the best counts
    public record Effort(double warmSeconds, int samples, int windows) {
        /// For numbers to trust.
        public static final Effort FULL = new Effort(2.5, 2_048, 4);
    }

    /// @param ranks two or more; stays the caller's
    /// @param effort for each number
    /// @param memory owns all buffers
    public RateMeasurement(Communicator ranks, Effort effort, OffHeap memory) {
        if (ranks.size() < 2) {
            throw new IllegalArgumentException(
                    "rates of messages between ranks of %d rank, want 2 or more".formatted(ranks.size()));
        }
        this.ranks = ranks;
        this.memory = memory;
        this.effort = effort;
    }

    /// @param data of which the reader reads, with one-hot columns
    /// @return all rates, messages between hosts taken to be as those here
    /// @throws IOException when the data cannot be read
    public Rates all(PreparedData data) throws IOException {
        Line busy = dense(true);
        Line alone = dense(false);
        Line link = link();
        return new Rates(
                Runtime.getRuntime().availableProcessors(),
                alone,
                busy,
                rows(),
                link,
                link,
                sum(),
                readValue(data),
                0,
                sequential());
    }

    /// @param together whether all ranks compute at once; otherwise rank 0 does, and the others wait
    private Line dense(boolean together) {
        double small = 0;
        double large = 0;
        try (OffHeap own = memory.part("dense part");
                Engine engine = Engines.byName("cpu", 1)) {
            if (together || ranks.rank() == 0) {
                DlrmShape shape = DlrmShape.of(
                        ModelConfig.newBuilder()
                                .setEmbeddingDim(DIM)
                                .addAllBottom(BOTTOM)
                                .addAllTop(TOP)
                                .setInteraction(InteractionKind.DOT)
                                .setLoss(LossKind.BCE)
                                .build(),
                        BOTTOM.getFirst(),
                        Collections.nCopies(TABLES, 1L));
                double flops = StepWork.macs(shape) * 6;
                small = dense(engine, shape, SMALL, together, own) / flops;
                large = dense(engine, shape, effort.samples(), together, own) / flops;
            }
        }
        ranks.barrier(Lane.CONTROL).await();
        return ranks.rank() == 0 ? Line.through(SMALL, small, effort.samples(), large) : Line.FREE;
    }

    private double dense(Engine engine, DlrmShape shape, int samples, boolean together, OffHeap own) {
        SplittableRandom random = new SplittableRandom(1);
        try (DensePart dense = engine.dense(shape, samples, new UpdateRule(OptimizerKind.SGD, 1e-10f), own)) {
            new InitialWeights(1).dense(shape, dense.weights());
            dense.weightsChanged();
            Floats features = random(own.floats("features", (long) samples * BOTTOM.getFirst()), random);
            long vectors = (long) samples * TABLES * DIM;
            PooledVectors pooled = new PooledVectors(
                    random(own.floats("pooled", vectors), random), own.floats("gradients", vectors), TABLES);
            for (int t = 0; t < TABLES; t++) {
                pooled.place(t, (long) t * DIM, TABLES * DIM);
            }
            Floats labels = own.floats("labels", samples);
            Runnable step = () -> {
                dense.bottomForward(features, samples);
                double _ = dense.topStep(pooled, labels, 1f / samples, _ -> {});
                dense.bottomBackward(_ -> {});
                boolean _ = dense.update(1e-5f);
            };
            if (together) {
                ranks.barrier(Lane.CONTROL).await();
            }
            return best(step);
        }
    }

    private static Floats random(Floats floats, SplittableRandom random) {
        for (long i = 0; i < floats.length(); i++) {
            floats.set(i, (float) random.nextDouble(-0.1, 0.1));
        }
        return floats;
    }

    /// Warms up, then times windows.
    ///
    /// @return seconds of one run, of the best window
    private double best(Runnable work) {
        int runs = 0;
        long start = System.nanoTime();
        while (seconds(start) < effort.warmSeconds()) {
            work.run();
            runs++;
        }
        int perWindow = Math.max(1, runs / 16);
        double best = Double.POSITIVE_INFINITY;
        for (int window = 0; window < effort.windows(); window++) {
            long from = System.nanoTime();
            for (int run = 0; run < perWindow; run++) {
                work.run();
            }
            best = Math.min(best, seconds(from) / perWindow);
        }
        return best;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private Rates.Rows rows() {
        Line[] lines = new Line[6];
        int[] sizes = {CACHED_ROWS, RANDOM_ROWS * effort.samples()};
        for (int size = 0; size < sizes.length; size++) {
            double[] narrow = rowSeconds(sizes[size], DIM);
            double[] wide = rowSeconds(sizes[size], WIDE);
            for (int what = 0; what < 3; what++) {
                lines[2 * what + size] = Line.through(DIM * Float.BYTES, narrow[what], WIDE * Float.BYTES, wide[what]);
            }
        }
        return new Rates.Rows(lines[0], lines[1], lines[2], lines[3], lines[4], lines[5]);
    }

    /// @return seconds a row: looked up, moved by SGD, moved by Adagrad
    private double[] rowSeconds(int rows, int dim) {
        double[] seconds = new double[3];
        OptimizerKind[] rules = {OptimizerKind.SGD, OptimizerKind.ADAGRAD};
        for (OptimizerKind rule : rules) {
            try (OffHeap own = memory.part("rows");
                    Engine engine = Engines.byName("cpu", 1);
                    EmbeddingTable table = engine.table(
                            "rows", rows, dim, effort.samples(), effort.samples(), new UpdateRule(rule, 1e-8f), own)) {
                Bags[] batches = batches(rows, own);
                Floats vectors = own.floats("vectors", (long) effort.samples() * dim);
                vectors.fill(1e-3f);
                int[] next = {0};
                if (rule == OptimizerKind.SGD) {
                    seconds[0] = best(() -> table.pool(batches[next[0]++ % ROW_BATCHES], vectors, 0, dim))
                            / effort.samples();
                    vectors.fill(1e-3f);
                }
                double update = best(() -> {
                            boolean _ = table.update(batches[next[0]++ % ROW_BATCHES], vectors, 0, dim, 1e-6f);
                        })
                        / effort.samples();
                seconds[rule == OptimizerKind.SGD ? 1 : 2] = update;
            }
        }
        return seconds;
    }

    private Bags[] batches(int rows, OffHeap own) {
        SplittableRandom random = new SplittableRandom(2);
        Bags[] batches = new Bags[ROW_BATCHES];
        for (int b = 0; b < batches.length; b++) {
            Ints ids = own.ints("ids", effort.samples());
            for (int s = 0; s < effort.samples(); s++) {
                ids.set(s, random.nextInt(rows));
            }
            batches[b] = new Bags(ids, null);
            batches[b].count(effort.samples());
        }
        return batches;
    }

    private double sequential() {
        try (OffHeap own = memory.part("stream")) {
            MemorySegment from = own.hugeBytes("from", STREAM_BYTES);
            MemorySegment to = own.hugeBytes("to", STREAM_BYTES);
            from.fill((byte) 1);
            return 2.0 * STREAM_BYTES / best(() -> to.copyFrom(from));
        }
    }

    /// Rank 0 and rank 1 exchange parts, each with itself as well, as in a step; others send nothing.
    ///
    /// @return the cost of a message over the bytes for the other rank
    public Line link() {
        double small = exchange(SMALL_PART);
        double large = exchange(LARGE_PART);
        return Line.through(SMALL_PART, small, LARGE_PART, large);
    }

    private double exchange(long part) {
        try (OffHeap own = memory.part("exchange")) {
            MemorySegment send =
                    own.sharedFloats("send", 2L * LARGE_PART / Float.BYTES).segment();
            MemorySegment receive =
                    own.sharedFloats("receive", 2L * LARGE_PART / Float.BYTES).segment();
            long[] offsets = new long[ranks.size() + 1];
            for (int r = 0; r < ranks.size(); r++) {
                offsets[r + 1] = offsets[r] + (r < 2 && ranks.rank() < 2 ? part : 0);
            }
            return together(() -> ranks.allToAll(Lane.FORWARD, send, offsets, receive, offsets)
                    .await());
        }
    }

    /// @return the cost of a sum over the bytes that a rank passes on, a start for each of its hops
    private Line sum() {
        try (OffHeap own = memory.part("sum")) {
            Floats large = own.sharedFloats("large", SUM_FLOATS);
            Floats small = own.sharedFloats("small", SUM_FLOATS / 64);
            large.fill(0);
            small.fill(0);
            double hops = 2.0 * (ranks.size() - 1);
            double seconds = together(() -> ranks.allReduce(Lane.DENSE, small).await());
            double more = together(() -> ranks.allReduce(Lane.DENSE, large).await());
            double perRank = hops / ranks.size() * Float.BYTES;
            Line line = Line.through(small.length() * perRank, seconds, large.length() * perRank, more);
            return new Line(line.fixed() / hops, line.perUnit());
        }
    }

    /// Times an operation of all ranks, as often on each: until rank 0 says that it is warm, then some windows.
    ///
    /// @return seconds of one, of the best window
    private double together(Runnable operation) {
        try (OffHeap own = memory.part("go on")) {
            Floats goOn = own.floats("go on", 1);
            double best = Double.POSITIVE_INFINITY;
            long start = System.nanoTime();
            int windows = 0;
            while (windows < 2 * effort.windows()) {
                goOn.set(0, ranks.rank() == 0 && seconds(start) < effort.warmSeconds() ? 1 : 0);
                ranks.allReduce(Lane.CONTROL, goOn).await();
                long from = System.nanoTime();
                for (int run = 0; run < RUNS; run++) {
                    operation.run();
                }
                if (goOn.get(0) == 0) {
                    best = Math.min(best, seconds(from) / RUNS);
                    windows++;
                }
            }
            return best;
        }
    }

    private double readValue(PreparedData data) throws IOException {
        try (OffHeap own = memory.part("reader");
                BatchSource source = data.training(ShuffleKind.NONE, 1)) {
            boolean[] wanted = new boolean[source.schema().tables().size()];
            Arrays.fill(wanted, true);
            Batch batch = new Batch(own, "batch", source.schema(), effort.samples(), 0, 1, wanted);
            long[] first = {0};
            double seconds = best(() -> {
                source.read(first[0], effort.samples(), batch);
                first[0] = first[0] + 2L * effort.samples() > source.samples() ? 0 : first[0] + effort.samples();
            });
            return seconds / effort.samples() / (source.schema().denseFeatures() + 1 + wanted.length);
        }
    }
}
