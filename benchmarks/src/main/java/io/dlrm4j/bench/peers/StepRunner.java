package io.dlrm4j.bench.peers;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.StepClock;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.launch.config.ConfigBuilder;
import io.dlrm4j.trainer.HybridModel;
import io.dlrm4j.trainer.HybridStep;
import io.dlrm4j.trainer.checkpoint.Contents;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Our side: times the trainer's own step on prepared batches, as one rank of a job or alone.
///
/// Prints one line of JSON for each measurement on rank 0. With `--verify FOLDER` it writes its initial weights there
/// (`weights.bin`: tables in order, then each layer's weight and bias) and prints the losses of the first steps, for
/// the other sides to start from and to meet.
public final class StepRunner {
    private static final float LEARNING_RATE = 0.1f;
    private static final long SEED = 123;

    private final SideOptions options;
    private final HybridModel model;
    private final HybridStep step;
    private final ProductsAlone products;

    private StepRunner(SideOptions options, HybridModel model, OffHeap memory) {
        this.options = options;
        this.model = model;
        this.step = new HybridStep(model, StepClock.NONE);
        this.products = new ProductsAlone(model.shape(), memory);
    }

    /// @param words [SideOptions]; the environment says which rank
    public static void main(String... words) throws IOException {
        SideOptions options = SideOptions.parse(words);
        Schema schema = schema(BatchFile.tables(options.data()));
        try (Communicator communicator = Ranks.join(System.getenv());
                OffHeap memory =
                        new OffHeap("rank " + communicator.rank(), Long.MAX_VALUE, communicator.sharedMemory());
                HybridModel model =
                        new HybridModel(config(options), schema, options.largestBatch(), communicator, memory)) {
            model.initialize(SEED);
            if (communicator.rank() == 0) {
                System.err.println(model.engine().description());
            }
            StepRunner runner = new StepRunner(options, model, memory);
            if (options.verify().isEmpty()) {
                runner.measure();
            } else {
                runner.verify(options.ids().getFirst(), options.largestBatch());
            }
        }
    }

    private static JobConfig config(SideOptions options) {
        ConfigBuilder config = new ConfigBuilder()
                .set("model.bottom", "13-512-256-64-16", "the Kaggle model")
                .set("model.top", "512-256-1", "the Kaggle model");
        if (options.threads() > 1) {
            config.set("train.threads", String.valueOf(options.threads()), "--threads");
        }
        return config.build();
    }

    private static Schema schema(int[] rows) {
        List<Schema.Table> tables = new ArrayList<>();
        for (int t = 0; t < rows.length; t++) {
            tables.add(new Schema.Table(Cardinalities.name(t), rows[t], 1));
        }
        return new Schema(BatchFile.DENSE, tables);
    }

    private void measure() throws IOException {
        for (int samples : options.batches()) {
            start(options.ids().getFirst(), samples);
        }
        for (String ids : options.ids()) {
            for (int samples : options.batches()) {
                measure(ids, samples);
            }
        }
    }

    private void start(String ids, int samples) throws IOException {
        try (OffHeap memory = OffHeap.unlimited("batches")) {
            List<Batch> batches = read(BatchFile.open(options.data(), ids, samples), memory);
            StepWindows.start(
                    batches.size(), k -> step.run(batches.get(k), LEARNING_RATE), options.start(), this::agree);
        }
    }

    private long agree(long mine) {
        return Ranks.all(model.communicator(), mine)[0];
    }

    private void measure(String ids, int samples) throws IOException {
        try (OffHeap memory = OffHeap.unlimited("batches")) {
            List<Batch> batches = read(BatchFile.open(options.data(), ids, samples), memory);
            StepWindows.Measured measured = StepWindows.measure(
                    batches.size(),
                    k -> step.run(batches.get(k), LEARNING_RATE),
                    options.warm(),
                    options.measure(),
                    this::agree);
            double peak = 0;
            for (long kib : Ranks.all(model.communicator(), (long) (StepWindows.peakMebibytes() * 1024))) {
                peak += kib / 1024.0;
            }
            if (model.communicator().rank() == 0) {
                System.out.println(measured.json(ids, samples, "", peak));
            }
            if (options.threads() == 1 && model.communicator().size() == 1) {
                System.out.println(productsAlone(samples).json(ids, samples, Sides.PRODUCTS_ALONE, peak));
            }
        }
    }

    /// Timed right after the step, so that both see the same machine.
    private StepWindows.Measured productsAlone(int samples) {
        return StepWindows.measure(
                1,
                _ -> {
                    products.step(samples);
                    return 0;
                },
                options.warm() / 2,
                options.measure() / 2,
                this::agree);
    }

    private List<Batch> read(BatchFile file, OffHeap memory) {
        boolean[] here = new boolean[BatchFile.TABLES];
        Batch like = model.newBatch("layout", file.samples());
        for (int t = 0; t < here.length; t++) {
            here[t] = like.has(t);
        }
        Communicator ranks = model.communicator();
        Schema schema = schema(
                model.shape().tables().stream().mapToInt(Math::toIntExact).toArray());
        List<Batch> batches = new ArrayList<>();
        for (int k = 0; k < file.count(); k++) {
            Batch batch = new Batch(memory, "batch", schema, file.samples(), ranks.rank(), ranks.size(), here);
            batch.globalSize(file.samples());
            copy(file.dense(k), (long) batch.from() * BatchFile.DENSE, batch.dense(), batch.size() * BatchFile.DENSE);
            copy(file.labels(k), batch.from(), batch.labels(), batch.size());
            for (int t = 0; t < here.length; t++) {
                if (here[t]) {
                    long bytes = (long) file.samples() * Integer.BYTES;
                    MemorySegment.copy(
                            file.ids(k), t * bytes, batch.bags(t).ids().segment(), 0, bytes);
                    batch.bags(t).count(file.samples());
                }
            }
            batches.add(batch);
        }
        return batches;
    }

    private static void copy(MemorySegment from, long first, Floats to, int count) {
        MemorySegment.copy(from, first * Float.BYTES, to.segment(), 0, (long) count * Float.BYTES);
    }

    private void verify(String ids, int samples) throws IOException {
        writeWeights(Path.of(options.verify(), "weights.bin"));
        try (OffHeap memory = OffHeap.unlimited("batches")) {
            List<Batch> batches = read(BatchFile.open(options.data(), ids, samples), memory);
            for (int k = 0; k < SideOptions.VERIFY_STEPS; k++) {
                System.out.println(step.run(batches.get(k), LEARNING_RATE));
            }
        }
    }

    private void writeWeights(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (OutputStream out = Files.newOutputStream(file);
                OffHeap memory = OffHeap.unlimited("weights")) {
            for (Contents.Rows rows : model.contents().rows()) {
                long count = rows.part().rows();
                Floats copy = memory.floats("rows", count * model.shape().embeddingDim());
                rows.part().readWeights(0, count, copy);
                out.write(copy.segment().toArray(JAVA_BYTE));
            }
            out.write(model.dense().weights().segment().toArray(JAVA_BYTE));
        }
    }
}
