package io.dlrm4j.bench;

import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.engine.DensePart;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.core.engine.Engines;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.InitialWeights;
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

/// How long one rank takes for the dense part of a step (both MLPs, interaction and loss, forward, backward, SGD) of
/// the Kaggle model, on one thread. Misleading when another process takes the core: look at the minimum.
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"}) // forks differ more than iterations do
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class DenseStepBenchmark {
    @Param({"cpu", "nd4j"})
    String engineName = "cpu";

    @Param({"128", "2048"})
    int samples;

    private OffHeap memory;
    private Engine engine;
    private DensePart dense;
    private PooledVectors pooled;
    private Floats features;
    private Floats labels;

    @Setup(Level.Trial)
    public void setUp() {
        memory = OffHeap.unlimited("benchmark");
        engine = Engines.byName(engineName, 1);
        DlrmShape shape = KaggleModel.shape(1000);
        dense = engine.dense(shape, samples, new UpdateRule(OptimizerKind.SGD, 1e-10f), memory);
        new InitialWeights(1).dense(shape, dense.weights());
        dense.weightsChanged();
        SplittableRandom random = new SplittableRandom(1);
        features = random(memory.floats("features", (long) samples * KaggleModel.DENSE_FEATURES), random);
        long vectors = (long) samples * KaggleModel.TABLES * KaggleModel.DIM;
        pooled = new PooledVectors(
                random(memory.floats("pooled", vectors), random),
                memory.floats("gradients", vectors),
                KaggleModel.TABLES);
        for (int t = 0; t < KaggleModel.TABLES; t++) {
            pooled.place(t, (long) t * KaggleModel.DIM, KaggleModel.TABLES * KaggleModel.DIM);
        }
        labels = memory.floats("labels", samples);
        for (int s = 0; s < samples; s += 4) {
            labels.set(s, 1);
        }
    }

    private static Floats random(Floats floats, SplittableRandom random) {
        for (long i = 0; i < floats.length(); i++) {
            floats.set(i, (float) random.nextDouble(-0.1, 0.1));
        }
        return floats;
    }

    private static void nobodyWaits(long from) {}

    /// @return the mean loss, which must stay a number
    @Benchmark
    public double step() {
        dense.bottomForward(features, samples);
        double loss = dense.topStep(pooled, labels, 1f / samples, DenseStepBenchmark::nobodyWaits) / samples;
        dense.bottomBackward(DenseStepBenchmark::nobodyWaits);
        dense.update(1e-4f); // small: the same batch comes again and again
        if (!(loss > 0 && loss < 10)) {
            throw new IllegalStateException("loss=" + loss + ", want a number between 0 and 10");
        }
        return loss;
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        dense.close();
        engine.close();
        memory.close();
    }
}
