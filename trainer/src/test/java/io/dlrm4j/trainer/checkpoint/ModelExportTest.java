package io.dlrm4j.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.OptimizerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/// What other programs get of a checkpoint of touched rows that two ranks wrote.
class ModelExportTest {
    @TempDir
    Path folder;

    private Path checkpoint = Path.of("");
    private final Map<String, float[]> trained = Collections.synchronizedMap(new TreeMap<>());

    /// A tensor as a reader of the format sees it, which knows nothing of ours.
    ///
    /// @param shape as in the header
    /// @param values its data
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stored(String shape, float[] values) {}

    @BeforeEach
    void save() {
        JobConfig.Builder config = SmallModel.config(OptimizerKind.ADAGRAD);
        config.getCheckpointBuilder().setIncremental(true);
        LocalWorld.run(2, communicator -> {
            try (SmallModel model = new SmallModel(communicator, config.build());
                    CheckpointStore store = model.store(folder.resolve("saved"), Disk.REAL)) {
                store.openForWriting();
                try (CheckpointSaver saver = model.saver(store, config.build())) {
                    for (int round = 0; round < 2; round++) {
                        model.train(2, saver);
                        checkpoint = model.save(saver).path();
                    }
                    trained.putAll(model.weights());
                }
            }
        });
    }

    @Test
    void safetensorsHoldEveryWeightUnderAPlainName() throws IOException {
        Path file = folder.resolve("model.safetensors");
        try (StoredModel model = StoredModel.open(checkpoint)) {
            assertThat(ModelExport.safetensors(model, file)).isEqualTo(Files.size(file));
        }

        Map<String, Stored> tensors = read(file);

        assertThat(tensors.keySet())
                .containsExactlyInAnyOrder(
                        "bot.0.weight",
                        "bot.0.bias",
                        "bot.1.weight",
                        "bot.1.bias",
                        "top.0.weight",
                        "top.0.bias",
                        "top.1.weight",
                        "top.1.bias",
                        "emb.0.weight",
                        "emb.1.weight",
                        "emb.2.weight",
                        "emb.3.weight");
        assertThat(tensor(tensors, "emb.0.weight").shape()).isEqualTo("[800,4]");
        assertThat(tensor(tensors, "emb.0.weight").values()).containsExactly(trained.get("emb.0.weight[0:800]"));
        assertThat(tensor(tensors, "emb.3.weight").values()).containsExactly(trained.get("emb.3.weight[0:7]"));
        assertThat(tensor(tensors, "bot.0.weight").shape()).isEqualTo("[8,5]");
        assertThat(tensor(tensors, "bot.0.weight").values())
                .containsExactly(Arrays.copyOf(trained.get("dense"), 8 * 5));
    }

    /// The rules of the format: a little-endian length, a header that begins with a brace, no holes, no overlap, all
    /// bytes used.
    @Test
    void everyFileOfACheckpointKeepsTheRulesOfTheFormat() throws IOException {
        int files = 0;
        for (Path each : new CheckpointFolder(folder.resolve("saved")).newestFirst()) {
            try (var entries = Files.newDirectoryStream(each, "*.safetensors")) {
                for (Path file : entries) {
                    Map<String, Stored> _ = read(file);
                    files++;
                }
            }
        }
        assertThat(files).isEqualTo(6);
    }

    private static Map<String, Stored> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(bytes.getLong());
        byte[] json = new byte[length];
        bytes.get(json);
        assertThat(json[0]).isEqualTo((byte) '{');
        JsonNode header = new ObjectMapper().readTree(new String(json, StandardCharsets.UTF_8));
        Map<Long, Long> ranges = new TreeMap<>();
        Map<String, Stored> tensors = new HashMap<>();
        for (Map.Entry<String, JsonNode> each : header.properties()) {
            JsonNode tensor = each.getValue();
            long from = tensor.path("data_offsets").path(0).asLong();
            long to = tensor.path("data_offsets").path(1).asLong();
            boolean isLong = tensor.path("dtype").asText().equals("I64");
            long count = 1;
            for (JsonNode size : tensor.path("shape")) {
                count *= size.asLong();
            }
            assertThat(to - from).as(each.getKey()).isEqualTo(count * (isLong ? 8 : 4));
            assertThat(!isLong || (8 + length + from) % 8 == 0)
                    .as("%s is aligned", each.getKey())
                    .isTrue();
            if (to > from) {
                ranges.put(from, to);
            }
            float[] values = new float[isLong ? 0 : (int) count];
            for (int i = 0; i < values.length; i++) {
                values[i] = bytes.getFloat((int) (8 + length + from + 4L * i));
            }
            tensors.put(each.getKey(), new Stored(tensor.path("shape").toString(), values));
        }
        long next = 0;
        for (Map.Entry<Long, Long> range : ranges.entrySet()) {
            assertThat(range.getKey()).isEqualTo(next);
            next = range.getValue();
        }
        assertThat(8 + length + next).isEqualTo(bytes.limit());
        return tensors;
    }

    @Test
    void dl4jLoadsTheMlpsAndPredictsTheSame() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Path networks = folder.resolve("dl4j");
        try (StoredModel model = StoredModel.open(checkpoint)) {
            assertThat(ModelExport.safetensors(model, file)).isPositive();
            ModelExport.dl4j(model, networks);
        }
        Map<String, Stored> tensors = read(file);

        assertPredictsTheSame(networks.resolve("bottom.zip"), "bot", tensors, 5, false);
        assertPredictsTheSame(networks.resolve("top.zip"), "top", tensors, 14, true);
    }

    private static void assertPredictsTheSame(
            Path zip, String mlp, Map<String, Stored> tensors, int width, boolean isTop) throws IOException {
        MultiLayerNetwork network = MultiLayerNetwork.load(zip.toFile(), false);
        Random random = new Random(8);
        for (int sample = 0; sample < 20; sample++) {
            float[] features = new float[width];
            for (int i = 0; i < width; i++) {
                features[i] = (float) random.nextGaussian();
            }
            double[] want = forward(features, mlp, tensors, isTop);
            float[] got = network.output(Nd4j.create(new float[][] {features})).toFloatVector();
            assertThat(got).hasSize(want.length);
            for (int i = 0; i < want.length; i++) {
                assertThat((double) got[i]).as("%s, output %d", zip, i).isCloseTo(want[i], within(1e-5));
            }
        }
    }

    /// Two layers in double precision: linear and ReLU, linear and ReLU or, at the top, the sigmoid.
    private static double[] forward(float[] features, String mlp, Map<String, Stored> tensors, boolean isTop) {
        double[] values = new double[features.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = features[i];
        }
        for (int layer = 0; layer < 2; layer++) {
            float[] weight =
                    tensor(tensors, "%s.%d.weight".formatted(mlp, layer)).values();
            float[] bias = tensor(tensors, "%s.%d.bias".formatted(mlp, layer)).values();
            double[] out = new double[bias.length];
            for (int o = 0; o < out.length; o++) {
                double sum = bias[o];
                for (int i = 0; i < values.length; i++) {
                    sum += values[i] * weight[o * values.length + i];
                }
                out[o] = isTop && layer == 1 ? 1 / (1 + Math.exp(-sum)) : Math.max(0, sum);
            }
            values = out;
        }
        return values;
    }

    private static Stored tensor(Map<String, Stored> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
