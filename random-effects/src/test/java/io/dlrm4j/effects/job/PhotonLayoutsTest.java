package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.format.JsonFile;
import io.dlrm4j.effects.format.avro.AvroReader;
import io.dlrm4j.effects.format.avro.AvroSchemas;
import io.dlrm4j.effects.format.photon.PhotonModel;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.EffectsConfig.Data;
import io.dlrm4j.effects.job.EffectsConfig.Format;
import io.dlrm4j.effects.job.EffectsConfig.Reading;
import io.dlrm4j.effects.job.EffectsConfig.Search;
import io.dlrm4j.effects.job.EffectsConfig.SearchKind;
import io.dlrm4j.effects.job.OutputFormat.Layout;
import io.dlrm4j.effects.job.OutputFormat.Models;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The models of a whole search and their metrics of each entity as Photon leaves them, and samples as it reads them.
class PhotonLayoutsTest {
    private static final double[] PENALTIES = {100, 1};

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        ShopSamples.write(folder);
    }

    private EffectsConfig config(@Nullable Search search, CoordinateSpec... coordinates) {
        Data data = new Data(
                folder.resolve("training.csv"),
                folder.resolve("validation.csv"),
                List.of(),
                "uid",
                "clicked",
                "w",
                "o");
        return config(data, search, coordinates);
    }

    private static EffectsConfig config(Data data, @Nullable Search search, CoordinateSpec... coordinates) {
        List<Evaluator> evaluators = List.of(
                Evaluator.parse("AUC", Compat.PHOTON),
                Evaluator.parse("AUC:shop", Compat.PHOTON),
                Evaluator.parse("PRECISION@5:shop", Compat.PHOTON));
        return new EffectsConfig(
                data, List.of(coordinates), new EffectsConfig.Descent(1, Set.of(), evaluators, Compat.NONE), search, 2);
    }

    private static CoordinateSpec spec(String name, String entity, String... features) {
        return new CoordinateSpec(name, entity, List.of(features), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0);
    }

    private static CoordinateSpec[] both() {
        return new CoordinateSpec[] {spec("all", "", "b"), spec("per-shop", "shop", "a", "b")};
    }

    private static Search path() {
        return new Search(SearchKind.PATH, Map.of("per-shop", PENALTIES), List.of(), 0, 0, 0, 1, 0);
    }

    private static OutputFormat format(Models models, boolean groups) {
        return new OutputFormat(Layout.PHOTON, 1, false, models, groups);
    }

    @Test
    void everyModelOfAPathIsWrittenAndRead() throws IOException {
        Path root = folder.resolve("root");
        EffectsConfig config = config(path(), both());
        DescentResult best = EffectsJob.train(config, null, root, format(Models.ALL, true), _ -> {});
        Path validation = folder.resolve("validation.csv");
        int same = 0;
        for (int i = 0; i < PENALTIES.length; i++) {
            Path model = root.resolve("models").resolve("" + i);
            assertThat(PhotonModel.read(model).task()).isEqualTo("LOGISTIC_REGRESSION");
            assertThat(weight(model, "per-shop")).isEqualTo(PENALTIES[i]);
            assertThat(weight(model, "all")).isEqualTo(1);
            Path scores = folder.resolve("scores-" + i);
            EffectsJob.score(config, model, validation, scores, Layout.PHOTON);
            same += Files.mismatch(scores, root.resolve("scores/part-00000.avro")) < 0 ? 1 : 0;
        }
        assertThat(same).as("one of the models is the best").isEqualTo(1);
        double chosen = best.steps().getLast().penalties().getOrDefault("per-shop", Double.NaN);
        assertThat(weight(root.resolve("best"), "per-shop")).isEqualTo(chosen);

        int number = chosen == PENALTIES[0] ? 0 : 1;
        Map<String, Double> aucs = groups(root.resolve("group-eval/%d/AUC/shop".formatted(number)), "AUC");
        assertThat(aucs.keySet()).allMatch(shop -> shop.matches("s\\d+"));
        assertThat(aucs.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElseThrow())
                .isCloseTo(best.metric("AUC:shop"), within(1e-12));
        Map<String, Double> precisions =
                groups(root.resolve("group-eval/%d/PRECISION@5/shop".formatted(number)), "PRECISION_5");
        assertThat(precisions).hasSize(12);

        Files.move(root.resolve("best"), folder.resolve("elsewhere"));
        assertThatThrownBy(() -> EffectsJob.score(config, root, validation, folder.resolve("x"), Layout.PHOTON))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s: several models of a search and none that is best, want one of them: %s",
                        root, root.resolve("models/0"));
    }

    private static double weight(Path model, String coordinate) throws IOException {
        JsonNode values = JsonFile.read(model.resolve("model-metadata.json")).at("/optimizationConfigurations/values");
        for (JsonNode value : values) {
            if (value.path("name").asText().equals(coordinate)) {
                return value.at("/configuration/regularizationWeight").asDouble();
            }
        }
        throw new AssertionError("no " + coordinate + " in " + values);
    }

    private static Map<String, Double> groups(Path folder, String metric) throws IOException {
        Map<String, Double> groups = new TreeMap<>();
        try (AvroReader in = AvroReader.open(folder.resolve("part-00000.avro"))) {
            for (GenericRecord record = in.next(); record != null; record = in.next()) {
                assertThat(groups.put(record.get("shop").toString(), (Double) record.get(metric)))
                        .isNull();
            }
        }
        return groups;
    }

    @Test
    void theOutputModeSaysWhichModels() throws IOException {
        assertThat(Models.values())
                .filteredOn(mode -> mode.isWritten(false))
                .containsExactly(Models.EXPLICIT, Models.ALL);
        assertThat(Models.values()).filteredOn(mode -> mode.isWritten(true)).containsExactly(Models.TUNED, Models.ALL);
        Search random = new Search(SearchKind.RANDOM, Map.of(), List.of("per-shop"), 1, 100, 2, 1, 0);
        assertThat(tuned("plain", null).resolve("models")).doesNotExist();
        Path root = tuned("random", random);
        assertThat(root.resolve("models/1")).isDirectory();
        assertThat(root.resolve("best")).isDirectory();
        assertThat(root.resolve("group-eval")).doesNotExist();
    }

    private Path tuned(String name, @Nullable Search search) throws IOException {
        Path root = folder.resolve(name);
        EffectsConfig config = config(search, spec("per-shop", "shop", "a"));
        EffectsJob.train(config, null, root, format(Models.TUNED, false), _ -> {});
        return root;
    }

    @Test
    void whatTheLayoutHasNotIsRefused() {
        assertThatThrownBy(() -> new OutputFormat(Layout.GDMIX, 1, false, Models.ALL, false))
                .hasMessage("an output mode or groups in the layout gdmix, want photon's");
        assertThatThrownBy(() -> format(Models.BEST, true)).hasMessageContaining("want explicit, tuned or all");
        EffectsConfig config = config(null, both());
        EffectsConfig unmeasured = new EffectsConfig(
                config.data(),
                config.coordinates(),
                new EffectsConfig.Descent(1, Set.of(), List.of(Evaluator.parse("AUC", Compat.NONE)), Compat.NONE),
                null,
                1);
        assertThatThrownBy(() ->
                        EffectsJob.train(unmeasured, null, folder.resolve("none"), format(Models.ALL, true), _ -> {}))
                .hasMessageContaining("want one as AUC:user_id");
    }

    @Test
    void samplesArePhotonsInputAndTrainTheSame() throws IOException {
        EffectsConfig config = config(null, both());
        Path ours = folder.resolve("ours");
        EffectsJob.train(config, null, ours, OutputFormat.DLRM, _ -> {});
        Path input = folder.resolve("input");
        assertThat(PhotonExport.run(config, input)).isEqualTo(800);
        assertThat(input.resolve("feature-bags/per_shop")).hasContent("a\t\nb\t\n");
        try (AvroReader in = AvroReader.open(input.resolve("training/part-00000.avro"))) {
            assertThat(String.valueOf(in.next()))
                    .startsWith("{\"uid\": \"0\", \"response\": ")
                    .contains("\"weight\": 0.5, \"offset\": 0.0, \"metadataMap\": {\"shop\": \"s")
                    .contains("\"all\": [{\"name\": \"b\", \"term\": \"\", \"value\": ");
        }
        EffectsConfig read =
                config(photon(input, "response"), null, spec("all", "", "all"), spec("per-shop", "shop", "per_shop"));
        Path again = folder.resolve("again");
        EffectsJob.train(read, null, again, OutputFormat.DLRM, _ -> {});
        assertSameModels(again, ours);
    }

    private static Data photon(Path input, String label) {
        Reading reading = new Reading(Format.AVRO, "", "", input.resolve("feature-bags"));
        return new Data(
                input.resolve("training"),
                input.resolve("validation"),
                List.of(),
                "uid",
                label,
                "weight",
                "offset",
                reading);
    }

    private static void assertSameModels(Path one, Path other) {
        for (String coordinate : new String[] {"all", "per-shop"}) {
            Path file = Path.of(coordinate, "models/part-00000.avro");
            assertThat(one.resolve(file)).hasSameBinaryContentAs(other.resolve(file));
        }
    }

    @Test
    void samplesOfOneCoordinateAreTrainingExamples() throws IOException {
        EffectsConfig config = config(null, spec("per-shop", "shop", "a", "b"));
        Path input = folder.resolve("input");
        PhotonExport.run(config, input);
        try (AvroReader in = AvroReader.open(input.resolve("validation/part-00000.avro"))) {
            assertThat(in.schema()).isEqualTo(AvroSchemas.TRAINING_EXAMPLE);
        }
        EffectsConfig read = config(photon(input, "label"), null, spec("per-shop", "shop", "features"));
        List<double[]> scores = new ArrayList<>();
        for (EffectsConfig one : List.of(config, read)) {
            Path out = folder.resolve("out" + scores.size());
            EffectsJob.train(one, null, out, OutputFormat.DLRM, _ -> {});
            scores.add(EffectsJobTest.scores(out.resolve("validation_scores/part-00000.avro")));
        }
        assertThat(scores.get(1)).containsExactly(scores.get(0), within(1e-6));
        assertThatThrownBy(() -> PhotonExport.run(
                        config(null, spec("a-b", "", "a"), spec("a_b", "", "a")), folder.resolve("none")))
                .hasMessage("coordinates [a-b, a_b]: two of them have the feature bag a_b, want other names");
    }

    /// Ours to GDMix's to Photon's and back: not a bit of any coefficient is lost.
    @Test
    void modelsGoFromLayoutToLayout() throws IOException {
        EffectsConfig config = config(null, both());
        Path ours = folder.resolve("ours");
        EffectsJob.train(config, null, ours, OutputFormat.DLRM, _ -> {});
        Path gdmix = folder.resolve("gdmix");
        Path photon = folder.resolve("photon");
        Path back = folder.resolve("back");
        assertThat(ModelExport.run(config, ours, gdmix, new OutputFormat(Layout.GDMIX, 3, false)))
                .isEqualTo(13);
        assertThat(gdmix.resolve("per-shop/models/part-00002.avro")).isNotEmptyFile();
        assertThat(ModelExport.run(config, gdmix, photon, format(Models.BEST, false)))
                .isEqualTo(13);
        assertThat(PhotonModel.read(photon.resolve("best")).coordinates())
                .extracting(PhotonModel.Coordinate::name)
                .containsExactly("all", "per-shop");
        assertThat(ModelExport.run(config, photon, back, OutputFormat.DLRM)).isEqualTo(13);
        for (Path models : List.of(gdmix, photon, back)) {
            Path scores = folder.resolve("scores-" + models.getFileName());
            EffectsJob.score(config, models, folder.resolve("validation.csv"), scores, Layout.PHOTON);
            assertThat(scores).hasSameBinaryContentAs(scoresOf(config, ours));
        }
    }

    private Path scoresOf(EffectsConfig config, Path models) throws IOException {
        Path scores = folder.resolve("scores-ours");
        if (!Files.exists(scores)) {
            EffectsJob.score(config, models, folder.resolve("validation.csv"), scores, Layout.PHOTON);
        }
        return scores;
    }
}
