package io.dlrm4j.bench;

import io.dlrm4j.core.config.WireConfig.Format;
import io.dlrm4j.core.kernel.WireCodec;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.foreign.MemorySegment;
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

/// How long it takes to pack and unpack the pooled vectors of 2,048 samples of the Kaggle model (3.4 MB).
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WireBenchmark {
    private static final int FLOATS = 2_048 * KaggleModel.TABLES * KaggleModel.DIM;

    @Param
    private Format format;

    private OffHeap memory;
    private WireCodec codec;
    private Floats values;
    private MemorySegment wire;

    @Setup(Level.Trial)
    public void setUp() {
        memory = OffHeap.unlimited("benchmark");
        codec = new WireCodec(format);
        values = memory.floats("values", FLOATS);
        wire = memory.bytes("wire", codec.bytes(FLOATS, KaggleModel.DIM));
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < FLOATS; i++) {
            values.set(i, (float) random.nextGaussian());
        }
        pack();
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        memory.close();
    }

    @Benchmark
    public void pack() {
        codec.encode(values, 0, FLOATS, KaggleModel.DIM, wire, 0);
    }

    @Benchmark
    public void unpack() {
        codec.decode(wire, 0, values, 0, FLOATS, KaggleModel.DIM);
    }
}
