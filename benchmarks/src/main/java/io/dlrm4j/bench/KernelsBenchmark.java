package io.dlrm4j.bench;

import static io.dlrm4j.core.blas.MatrixProducts.Form.KEEP;
import static io.dlrm4j.core.blas.MatrixProducts.Form.TRANSPOSE;

import io.dlrm4j.core.blas.MatrixProducts;
import io.dlrm4j.core.blas.SelectedProducts;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.kernel.DotInteraction;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.nn.Mlp;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// How long the parts of the dense step take for one block of samples of the Kaggle model: its widest layer (367 to
/// 512), the interaction, and the last layer.
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelsBenchmark {
    private static final int SAMPLES = Mlp.BLOCK;
    private static final int IN = 367;
    private static final int OUT = 512;
    private static final int LAST = 256;

    private final MatrixProducts products = SelectedProducts.best().products();
    private final DenseKernels kernels = DenseKernels.best();
    private OffHeap memory;
    private DotInteraction interaction;
    private PooledVectors pooled;
    private Floats bottom;
    private Floats dBottom;
    private Floats input;
    private Floats dInput;
    private Floats output;
    private Floats weight;
    private Floats dWeight;
    private Floats bias;
    private Floats dBias;
    private Floats logits;
    private Floats logitBias;

    @Setup(Level.Trial)
    public void setUp() {
        memory = OffHeap.unlimited("benchmark");
        int dim = KaggleModel.DIM;
        int tables = KaggleModel.TABLES;
        interaction = kernels.dotInteraction(tables, dim, false);
        pooled = new PooledVectors(random(SAMPLES * tables * dim), random(SAMPLES * tables * dim), KaggleModel.TABLES);
        for (int t = 0; t < tables; t++) {
            pooled.place(t, (long) t * dim, tables * dim);
        }
        bottom = random(SAMPLES * dim);
        dBottom = random(SAMPLES * dim);
        input = random(SAMPLES * IN);
        dInput = random(SAMPLES * IN);
        output = random(SAMPLES * OUT);
        weight = random(OUT * IN);
        dWeight = random(OUT * IN);
        bias = random(LAST);
        dBias = random(LAST);
        logits = random(SAMPLES);
        logitBias = random(1);
    }

    private Floats random(int count) {
        SplittableRandom random = new SplittableRandom(count);
        Floats floats = memory.floats("factor", count);
        for (int i = 0; i < count; i++) {
            floats.set(i, (float) random.nextDouble(-1e-3, 1e-3));
        }
        return floats;
    }

    @Benchmark
    public void productForward() {
        products.multiply(KEEP, TRANSPOSE, SAMPLES, OUT, IN, input, weight, output, false);
    }

    @Benchmark
    public void productOfInputGradient() {
        products.multiply(KEEP, KEEP, SAMPLES, IN, OUT, output, weight, dInput, false);
    }

    @Benchmark
    public void productOfWeightGradient() {
        products.multiply(TRANSPOSE, KEEP, OUT, IN, SAMPLES, output, input, dWeight, false);
    }

    @Benchmark
    public void biasAndRelu() {
        kernels.addBiasRelu(output, bias, SAMPLES);
    }

    @Benchmark
    public void reluBackward() {
        kernels.reluBackward(output, output, dBias, SAMPLES);
    }

    @Benchmark
    public void interactionForward() {
        interaction.forward(bottom, pooled, 0, input, SAMPLES);
    }

    @Benchmark
    public void interactionBackward() {
        interaction.backward(bottom, pooled, 0, input, dBottom, SAMPLES);
    }

    @Benchmark
    public void logitForward() {
        kernels.logitForward(output, bias, logitBias, logits, SAMPLES);
    }

    @Benchmark
    public void logitBackward() {
        kernels.logitBackward(output, bias, logits, dInput, dBias, logitBias, SAMPLES);
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        memory.close();
    }
}
