package io.dlrm4j.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.OptimizerKind;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.engine.UpdateRule;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One recorded training run of the reference implementation, read from its folder.
///
/// @param folder the recorded arrays
/// @param config its `config.json`
public record GoldenCase(Path folder, JsonNode config) {
    /// @param golden the folder of all recorded runs; may be absent
    /// @return the runs, by name
    public static List<GoldenCase> all(Path golden) throws IOException {
        if (!Files.isDirectory(golden)) {
            return List.of();
        }
        List<GoldenCase> cases = new ArrayList<>();
        try (Stream<Path> folders = Files.list(golden)) {
            for (Path folder : folders.sorted().toList()) {
                if (folder.getFileName().toString().matches("(one|multi)hot-.*")) {
                    cases.add(open(folder));
                }
            }
        }
        return cases;
    }

    /// @return the run recorded in a folder
    public static GoldenCase open(Path folder) throws IOException {
        Path config = folder.resolve("config.json");
        return new GoldenCase(folder, new ObjectMapper().readTree(config.toFile()));
    }

    /// @return the name of its folder
    public String name() {
        return String.valueOf(folder.getFileName());
    }

    /// @return the sizes of its model
    public DlrmShape shape() {
        List<Long> tables = new ArrayList<>();
        config.get("tables").forEach(rows -> tables.add(rows.asLong()));
        return new DlrmShape(
                config.get("embedding_dim").asInt(),
                widths("bottom"),
                widths("top"),
                tables,
                InteractionKind.valueOf(config.get("interaction").asText().toUpperCase(Locale.ROOT)),
                config.get("interaction_itself").asBoolean(),
                LossKind.valueOf(config.get("loss").asText().toUpperCase(Locale.ROOT)));
    }

    /// @return the update rule of the MLPs
    public UpdateRule denseRule() {
        return rule(config.get("optimizer").asText().equals("sgd") ? OptimizerKind.SGD : OptimizerKind.ADAGRAD);
    }

    /// @return the update rule of the tables
    public UpdateRule tableRule() {
        return config.get("optimizer").asText().equals("rwsadagrad")
                ? rule(OptimizerKind.ROW_WISE_ADAGRAD)
                : denseRule();
    }

    /// @return the rate of every step
    public double learningRate() {
        return config.get("learning_rate").asDouble();
    }

    /// @return the double-precision model with the recorded initial weights
    ReferenceDlrm model() throws IOException {
        DlrmShape shape = shape();
        ReferenceDlrm model = new ReferenceDlrm(shape, denseRule(), tableRule());
        for (Parameter parameter : shape.denseParameters()) {
            copy(floats("init." + parameter.name()), model.weights(), (int) parameter.offset());
        }
        for (int t = 0; t < shape.tables().size(); t++) {
            copy(floats("init.emb." + t + ".weight"), model.table(t), 0);
        }
        return model;
    }

    private static void copy(float[] from, double[] to, int at) {
        for (int i = 0; i < from.length; i++) {
            to[at + i] = from[i];
        }
    }

    private UpdateRule rule(OptimizerKind kind) {
        return new UpdateRule(kind, (float) config.path("eps").asDouble());
    }

    private List<Integer> widths(String name) {
        List<Integer> widths = new ArrayList<>();
        config.get(name).forEach(width -> widths.add(width.asInt()));
        return widths;
    }

    /// @return samples of each step
    public int[] batchSizes() {
        int[] sizes = new int[config.get("batch_sizes").size()];
        Arrays.setAll(sizes, i -> config.get("batch_sizes").get(i).asInt());
        return sizes;
    }

    /// @return all samples in order; the bags' starts, recorded by batch, are counted from the first batch on
    public RandomBatches source() throws IOException {
        DlrmShape shape = shape();
        boolean multiHot = config.get("multi_hot").asBoolean();
        int tables = shape.tables().size();
        List<Schema.Table> columns = new ArrayList<>();
        int[][] ids = new int[tables][];
        int[] @Nullable [] starts = new int[tables][];
        for (int t = 0; t < tables; t++) {
            ids[t] = integers("indices." + t);
            starts[t] = multiHot ? starts(t, ids[t].length) : null;
            int pooling = multiHot ? config.get("max_indices_per_bag").asInt() : 1;
            columns.add(new Schema.Table("C" + t, shape.tables().get(t), pooling));
        }
        Schema schema = new Schema(shape.bottom().getFirst(), columns);
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

    /// @param name of a recorded array: `init.bot.0.weight`, `loss`
    /// @return its values
    public float[] floats(String name) throws IOException {
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
