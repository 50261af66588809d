package io.dlrm4j.bench;

import io.dlrm4j.core.config.ShuffleKind;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.BatchSource;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.PreparedData;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.ids.Dictionary;
import io.dlrm4j.criteo.synthetic.ClickFormat;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.criteo.text.LineCount;
import io.dlrm4j.criteo.text.ParsedBlocks;
import io.dlrm4j.criteo.text.RowBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Nanoseconds a row: counting and parsing raw lines from the page cache, numbering one column, and reading batches of
/// 2,048 rows in file order and shuffled. 200,000 generated clicks with the tables of Criteo Kaggle; the dictionary
/// holds 8 million values, of which half of the lookups want a frequent one and half any.
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LoaderBenchmark {
    private static final int ROWS = 200_000;
    private static final int BATCH = 2_048;
    private static final int LOOKUPS = 4_096;
    private static final int VALUES = 8_000_000;
    private static final int FREQUENT = 2_000;
    private static final int SPREAD = 0x9E37_79B1; // odd: one to one on 32 bits

    private OffHeap memory;
    private Path folder;
    private Path raw;
    private Dictionary dictionary;
    private BatchSource inOrder;
    private BatchSource shuffled;
    private Batch batch;
    private long sample;
    private final int[] drawn = new int[64 * LOOKUPS];
    private final int[] values = new int[LOOKUPS];
    private int next;

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        memory = OffHeap.unlimited("benchmark");
        folder = Files.createTempDirectory("loader");
        raw = folder.resolve("raw");
        GenerateOptions options = GenerateOptions.of(folder.resolve("data"), ROWS, 1);
        GenerateClicks.run(options, ProgressListener.NONE);
        GenerateClicks.run(GenerateOptions.of(raw, ROWS, 1).withFormat(ClickFormat.TSV), ProgressListener.NONE);
        PreparedData data = PreparedData.open(folder.resolve("data"));
        inOrder = data.training(ShuffleKind.NONE, 1);
        shuffled = data.training(ShuffleKind.TOTAL, 1);
        boolean[] all = new boolean[data.schema().tables().size()];
        Arrays.fill(all, true);
        batch = new Batch(memory, "batch", data.schema(), BATCH, 0, 1, all);
        dictionary = new Dictionary(memory, "C1");
        for (int i = 0; i < VALUES; i++) {
            dictionary.add(i * SPREAD);
        }
        SplittableRandom random = new SplittableRandom(1);
        Arrays.setAll(drawn, i -> random.nextInt(random.nextBoolean() ? FREQUENT : VALUES) * SPREAD);
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long count() throws IOException {
        return LineCount.of(List.of(raw)).orElseThrow();
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long parse() throws IOException {
        long rows = 0;
        try (ParsedBlocks blocks = new ParsedBlocks(List.of(raw), 0, null, 0)) {
            for (RowBlock block = blocks.next(); block != null; block = blocks.next()) {
                rows += block.rows();
                blocks.recycle(block);
            }
        }
        return rows;
    }

    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int[] number() {
        next = (next + LOOKUPS) % drawn.length;
        System.arraycopy(drawn, next, values, 0, LOOKUPS);
        dictionary.add(values, 0, LOOKUPS);
        return values;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Batch readInOrder() {
        return read(inOrder);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Batch readShuffled() {
        return read(shuffled);
    }

    private Batch read(BatchSource source) {
        sample = sample + 2 * BATCH > source.samples() ? 0 : sample + BATCH;
        source.read(sample, BATCH, batch);
        return batch;
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        inOrder.close();
        shuffled.close();
        memory.close();
        List<Path> left;
        try (Stream<Path> files = Files.walk(folder)) {
            left = files.sorted((a, b) -> b.getNameCount() - a.getNameCount()).toList();
        }
        for (Path file : left) {
            Files.delete(file);
        }
    }
}
