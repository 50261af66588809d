package io.dlrm4j.bench;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Bags;
import io.dlrm4j.core.engine.EmbeddingTable;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.engine.cpu.CpuEmbeddingTable;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.core.memory.OffHeap;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// How long the lookups and the sparse update of 2,048 samples take in one table of 10 million rows of width 16, with
/// skewed ids (log-uniform, close to Zipf 1) as they come in click logs. 64 different batches are cycled through, so
/// that the rows are not all in the cache.
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RowsBenchmark {
    private static final int ROWS = 10_000_000;
    private static final int SAMPLES = 2048;
    private static final int BATCHES = 64;

    @Param({"SGD", "ADAGRAD", "ROW_WISE_ADAGRAD"})
    OptimizerKind rule = OptimizerKind.SGD;

    private final Bags[] batches = new Bags[BATCHES];
    private OffHeap memory;
    private EmbeddingTable table;
    private Floats vectors;
    private int next;

    @Setup(Level.Trial)
    public void setUp() {
        memory = OffHeap.unlimited("benchmark");
        table = new CpuEmbeddingTable(
                "table", ROWS, KaggleModel.DIM, SAMPLES, SAMPLES, new UpdateRule(rule, 1e-10f), memory);
        SplittableRandom random = new SplittableRandom(1);
        for (int b = 0; b < BATCHES; b++) {
            Ints ids = memory.ints("ids", SAMPLES);
            for (int s = 0; s < SAMPLES; s++) {
                ids.set(s, (int) Math.exp(random.nextDouble() * Math.log(ROWS)) % ROWS);
            }
            batches[b] = new Bags(ids, null);
            batches[b].count(SAMPLES);
        }
        vectors = memory.floats("vectors", (long) SAMPLES * KaggleModel.DIM);
        vectors.fill(1e-3f);
    }

    @Benchmark
    public void pool() {
        table.pool(batch(), vectors, 0, KaggleModel.DIM);
    }

    @Benchmark
    public void update() {
        table.update(batch(), vectors, 0, KaggleModel.DIM, 1e-3f);
    }

    private Bags batch() {
        next = (next + 1) % BATCHES;
        return batches[next];
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        table.close();
        memory.close();
    }
}
