package io.dlrm4j.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.ModelConfig;
import io.dlrm4j.core.config.OptimizerConfig;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.testkit.RandomBatches;
import io.dlrm4j.trainer.checkpoint.Contents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One run of the reference implementation, read from the folder it was recorded in.
///
/// @param folder the recorded arrays
/// @param config its `config.json`
record GoldenRun(Path folder, JsonNode config) {
    /// @return names of the recorded runs, or none where the folder is absent
    static List<String> names() {
        Path golden = Path.of(System.getProperty("golden.dir", "absent"));
        if (!Files.isDirectory(golden)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(golden)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .filter(name -> name.matches("(one|multi)hot-.*"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(golden.toString(), e);
        }
    }

    static GoldenRun open(String name) throws IOException {
        Path folder = Path.of(System.getProperty("golden.dir", "absent")).resolve(name);
        return new GoldenRun(
                folder,
                new ObjectMapper().readTree(folder.resolve("config.json").toFile()));
    }

    /// @return the recorded run as a job of this project
    JobConfig job(String engine) {
        JobConfig.Builder job = JobConfig.newBuilder();
        ModelConfig.Builder model = job.getModelBuilder();
        model.setEmbeddingDim(config.get("embedding_dim").asInt());
        config.get("bottom").forEach(width -> model.addBottom(width.asInt()));
        for (int i = 1; i < config.get("top").size(); i++) {
            model.addTop(config.get("top").get(i).asInt());
        }
        config.get("tables").forEach(rows -> model.addTables(rows.asLong()));
        String interaction = config.path("interaction").asText("dot");
        model.setInteraction(InteractionKind.valueOf(interaction.toUpperCase(Locale.ROOT)));
        model.setInteractionItself(config.path("interaction_itself").asBoolean());
        OptimizerConfig.Builder optimizer = job.getOptimizerBuilder();
        optimizer.setLearningRate(config.get("learning_rate").asDouble());
        switch (config.get("optimizer").asText()) {
            case "sgd" -> {}
            case "adagrad" -> optimizer.setTables(OptimizerKind.ADAGRAD).setMlps(OptimizerKind.ADAGRAD);
            case "rwsadagrad" ->
                optimizer.setTables(OptimizerKind.ROW_WISE_ADAGRAD).setMlps(OptimizerKind.ADAGRAD);
            default -> throw new IllegalStateException(config.get("optimizer").asText());
        }
        job.getTrainBuilder().setEngine(engine);
        job.getCommBuilder().setBucketFloats(100); // several buckets, although the model is small
        return job.build();
    }

    /// @return samples of each step
    int[] batchSizes() {
        int[] sizes = new int[config.get("batch_sizes").size()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = config.get("batch_sizes").get(i).asInt();
        }
        return sizes;
    }

    /// @return all samples in order; the bags' starts, recorded batch by batch, are counted from the first one on
    RandomBatches source() throws IOException {
        boolean multiHot = config.get("multi_hot").asBoolean();
        int tables = config.get("tables").size();
        List<Schema.Table> columns = new ArrayList<>();
        int[][] ids = new int[tables][];
        int[] @Nullable [] starts = new int[tables][];
        for (int t = 0; t < tables; t++) {
            ids[t] = integers("indices." + t);
            starts[t] = multiHot ? starts(t, ids[t].length) : null;
            int pooling = multiHot ? config.get("max_indices_per_bag").asInt() : 1;
            columns.add(new Schema.Table("C" + t, config.get("tables").get(t).asLong(), pooling));
        }
        Schema schema = new Schema(config.get("bottom").get(0).asInt(), columns);
        return new RandomBatches(schema, floats("dense"), floats("labels"), ids, starts);
    }

    private int[] starts(int table, int idCount) throws IOException {
        int[] offsets = integers("offsets." + table);
        int[] batchStarts = integers("index_ptr." + table);
        int[] starts = new int[offsets.length + 1];
        int sample = 0;
        int batch = 0;
        for (int size : batchSizes()) {
            for (int end = sample + size; sample < end; sample++) {
                starts[sample] = batchStarts[batch] + offsets[sample];
            }
            batch++;
        }
        starts[sample] = idCount;
        return starts;
    }

    /// Writes the recorded initial weights into a rank's part of the model.
    void initialize(Contents contents) throws IOException {
        for (Parameter parameter : contents.shape().denseParameters()) {
            float[] values = floats("init." + parameter.name());
            for (int i = 0; i < values.length; i++) {
                contents.dense().weights().set(parameter.offset() + i, values[i]);
            }
        }
        contents.dense().weightsChanged();
        try (OffHeap memory = OffHeap.unlimited("golden")) {
            for (Contents.Rows rows : contents.rows()) {
                Floats table = Floats.of(memory, "table", floats("init.emb.%d.weight".formatted(rows.table())));
                int dim = rows.part().dim();
                long count = rows.part().rows();
                rows.part().writeWeights(0, count, table.slice(rows.firstRow() * dim, count * dim));
            }
        }
    }

    float[] floats(String name) throws IOException {
        ByteBuffer data = data(name, "<f4");
        float[] values = new float[data.remaining() / Float.BYTES];
        data.asFloatBuffer().get(values);
        return values;
    }

    private int[] integers(String name) throws IOException {
        ByteBuffer data = data(name, "<i8");
        int[] values = new int[data.remaining() / Long.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.toIntExact(data.getLong());
        }
        return values;
    }

    /// NumPy's format 1: magic and version in 8 bytes, length of the header in 2, header, values.
    private ByteBuffer data(String name, String type) throws IOException {
        Path file = folder.resolve(name + ".npy");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = bytes.getShort(8);
        String text = new String(bytes.array(), 10, header, StandardCharsets.US_ASCII);
        if (!text.contains("'descr': '" + type + "'")) {
            throw new IOException("%s: header %s, want type %s".formatted(file, text.strip(), type));
        }
        return bytes.position(10 + header);
    }
}
