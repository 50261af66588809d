package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.format.PartFiles;
import io.dlrm4j.effects.format.avro.AvroReader;
import io.dlrm4j.effects.format.gdmix.EvalSummary;
import io.dlrm4j.effects.format.gdmix.GdmixFolders;
import io.dlrm4j.effects.format.gdmix.Partitions;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.format.photon.PhotonModel;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.job.EffectsConfig.Data;
import io.dlrm4j.effects.job.EffectsConfig.Format;
import io.dlrm4j.effects.job.EffectsConfig.Preparation;
import io.dlrm4j.effects.job.EffectsConfig.Reading;
import io.dlrm4j.effects.job.EffectsConfig.Source;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.solve.Variance;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written as GDMix or Photon does is read back, and trains and scores the same.
class LayoutsTest {
    private static final SolverSettings SOLVER = SolverSettings.LOGISTIC.withVariance(Variance.SIMPLE);
    private static final OutputFormat GDMIX = new OutputFormat(OutputFormat.Layout.GDMIX, 4, true);
    private static final OutputFormat PHOTON = new OutputFormat(OutputFormat.Layout.PHOTON, 1, false);

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        ShopSamples.write(folder);
    }

    private Data tables(List<Path> scores) {
        return new Data(
                folder.resolve("training.csv"), folder.resolve("validation.csv"), scores, "uid", "clicked", "w", "o");
    }

    private static EffectsConfig config(Data data, Compat compat, CoordinateSpec... specs) {
        List<Evaluator> evaluators = data.validation() == null
                ? List.of()
                : List.of(Evaluator.parse("AUC", compat), Evaluator.parse("RMSE", compat));
        return new EffectsConfig(
                data, List.of(specs), new EffectsConfig.Descent(1, Set.of(), evaluators, compat), null, 2);
    }

    private static CoordinateSpec all(Preparation preparation) {
        return new CoordinateSpec("all", "", List.of("b"), SOLVER, ActiveSamples.ALL, 0, 0, preparation);
    }

    private static CoordinateSpec shops(List<String> features, ActiveSamples active, Preparation preparation) {
        return new CoordinateSpec("shops", "shop", features, SOLVER, active, 0, 0, preparation);
    }

    private static CoordinateSpec shops() {
        return shops(List.of("a", "b"), ActiveSamples.ALL, Preparation.NONE);
    }

    private static Map<Long, ScoreFile.Row> scores(Path path) throws IOException {
        Map<Long, ScoreFile.Row> rows = new HashMap<>();
        for (Path file : PartFiles.of(path, ".avro")) {
            try (ScoreFile.Reader reader = ScoreFile.Reader.open(file, ScoreFile.Columns.GDMIX)) {
                for (ScoreFile.Row row = reader.next(); row != null; row = reader.next()) {
                    assertThat(rows.put(row.uid(), row)).isNull();
                }
            }
        }
        return rows;
    }

    private static Map<String, EntityModel> models(Path folder, CoordinateSpec spec) throws IOException {
        FeatureIndex index = new FeatureIndex();
        index.add("a", "");
        index.add("b", "");
        return new ModelFolder(folder).read(spec, index);
    }

    private static void assertSame(Map<String, EntityModel> one, Map<String, EntityModel> other, double tolerance) {
        assertThat(one).isNotEmpty();
        assertThat(other.keySet()).isEqualTo(one.keySet());
        one.forEach((entity, model) -> {
            EntityModel twin = Objects.requireNonNull(other.get(entity));
            assertThat(twin.size()).isEqualTo(model.size());
            for (int j = 0; j < model.size(); j++) {
                double size = Math.max(1, model.variance(j)); // of a shop whose customers all do the same, endless
                assertThat(twin.mean(j)).isCloseTo(model.mean(j), within(tolerance * Math.min(size, 1e3)));
                assertThat(twin.variance(j)).isCloseTo(model.variance(j), within(tolerance * size));
            }
        });
    }

    @Test
    void gdmixFoldersHoldWhatEachCoordinateSays() throws IOException {
        ActiveSamples capped = new ActiveSamples(1, 30, Compat.NONE);
        EffectsConfig config = config(
                tables(List.of()),
                Compat.NONE,
                all(Preparation.NONE),
                shops(List.of("a", "b"), capped, Preparation.NONE));
        Path ours = folder.resolve("ours");
        Path gdmix = folder.resolve("gdmix");
        EffectsJob.train(config, null, ours, OutputFormat.DLRM, _ -> {});
        EffectsJob.train(config, null, gdmix, GDMIX, _ -> {});
        for (CoordinateSpec spec : config.coordinates()) {
            assertSame(models(ours, spec), models(gdmix, spec), 0);
        }
        GdmixFolders fixed = new GdmixFolders(gdmix.resolve("all"));
        GdmixFolders random = new GdmixFolders(gdmix.resolve("shops"));
        Set<Integer> partitions = new TreeSet<>();
        for (String shop : models(ours, config.coordinates().get(1)).keySet()) {
            partitions.add(Partitions.of(shop, 4, Compat.NONE));
        }
        assertThat(Partitions.readList(random.partitionList())).containsExactlyElementsOf(partitions);
        for (int partition : partitions) {
            assertThat(random.model(partition)).isNotEmptyFile();
            assertThat(random.partitionedTraining(true, partition)).isNotEmptyDirectory();
            assertThat(random.partitionedValidation(partition)).isNotEmptyDirectory();
        }
        Map<Long, ScoreFile.Row> before = scores(fixed.trainingScoresThere());
        Map<Long, ScoreFile.Row> after = scores(random.trainingScoresThere());
        assertThat(before).hasSize(600);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        after.forEach((uid, row) -> {
            double handedOn = Objects.requireNonNull(before.get(uid)).score();
            assertThat(row.score() - row.perCoordinate()).isCloseTo(handedOn, within(1e-5));
            assertThat(row.weight()).isEqualTo(uid % 2 == 0 ? 0.5 : 1.5);
        });
        Map<Long, ScoreFile.Row> validation = scores(random.validationScores());
        scores(ours.resolve("validation_scores"))
                .forEach((uid, row) -> assertThat(
                                Objects.requireNonNull(validation.get(uid)).score())
                        .isEqualTo(row.score()));
        assertThat(EvalSummary.read(random.evalSummary())).containsOnlyKeys("auc", "rmse");

        // GDMix's partitioned samples teach the same, behind the scores that GDMix would hand on
        Source partitioned = new Source(
                random.partition().resolve("trainingData/active"), null, random.partitionedMetadata(), list(config));
        Data data = new Data(folder, null, List.of(), "uid", "clicked", "w", "o", Reading.BY_NAME);
        EffectsConfig again = config(
                data,
                Compat.NONE,
                shops(List.of("shops"), ActiveSamples.ALL, new Preparation(partitioned, Normalization.NONE, 1)));
        EffectsJob.train(again, null, folder.resolve("again"), OutputFormat.DLRM, _ -> {});
        assertSame(models(ours, shops()), models(folder.resolve("again"), shops()), 1e-4);
    }

    /// The feature list of the random effect, as `convert` writes it.
    private Path list(EffectsConfig config) throws IOException {
        Path converted = folder.resolve("converted");
        GdmixExport.run(config, converted);
        return new GdmixFolders(converted.resolve("shops")).featureList("shops");
    }

    @Test
    void convertedSamplesTrainTheSame() throws IOException {
        EffectsConfig config = config(tables(List.of()), Compat.NONE, all(Preparation.NONE), shops());
        Path ours = folder.resolve("ours");
        EffectsJob.train(config, null, ours, OutputFormat.DLRM, _ -> {});
        Path root = folder.resolve("converted");
        assertThat(GdmixExport.run(config, root)).isEqualTo(2 * 800);
        Data data =
                new Data(root, root, List.of(), "uid", "clicked", "w", "o", new Reading(Format.GDMIX, "", "", null));
        EffectsConfig read = config(
                data, Compat.NONE, all(Preparation.NONE), shops(List.of("shops"), ActiveSamples.ALL, Preparation.NONE));
        Path again = folder.resolve("again");
        EffectsJob.train(read, null, again, OutputFormat.DLRM, _ -> {});
        assertSame(models(ours, all(Preparation.NONE)), models(again, all(Preparation.NONE)), 1e-5);
        assertSame(models(ours, shops()), models(again, shops()), 1e-5);
    }

    @Test
    void scoresOfGdmixsCoordinatesStandBehindTheNext() throws IOException {
        EffectsConfig fixed = config(tables(List.of()), Compat.NONE, all(Preparation.NONE));
        Path first = folder.resolve("first");
        EffectsJob.train(fixed, null, first, GDMIX, _ -> {});
        Data behind = new Data(
                folder.resolve("training.csv"),
                folder.resolve("validation.csv"),
                List.of(first.resolve("all")),
                "uid",
                "clicked",
                "w",
                "");
        Path second = folder.resolve("second");
        EffectsJob.train(config(behind, Compat.NONE, shops()), null, second, OutputFormat.DLRM, _ -> {});
        Path together = folder.resolve("together");
        EffectsConfig both = config(tables(List.of()), Compat.NONE, all(Preparation.NONE), shops());
        EffectsJob.train(both, null, together, OutputFormat.DLRM, _ -> {});
        assertSame(models(together, shops()), models(second, shops()), 1e-5);
    }

    @Test
    void photonsFoldersScoreTheSame() throws IOException {
        EffectsConfig config = config(tables(List.of()), Compat.NONE, all(Preparation.NONE), shops());
        Path photon = folder.resolve("photon");
        EffectsJob.train(config, null, photon, PHOTON, _ -> {});
        PhotonModel model = PhotonModel.read(photon.resolve("best"));
        assertThat(model.task()).isEqualTo("LOGISTIC_REGRESSION");
        assertThat(model.coordinates()).extracting(PhotonModel.Coordinate::name).containsExactly("all", "shops");
        Path scored = folder.resolve("scored.avro");
        EffectsJob.score(config, photon, folder.resolve("validation.csv"), scored, OutputFormat.Layout.PHOTON);
        List<String> rows = rows(scored);
        assertThat(rows).hasSize(200).isEqualTo(rows(photon.resolve("scores/part-00000.avro")));
        try (AvroReader in = AvroReader.open(photon.resolve("summary/all/part-00000.avro"))) {
            assertThat(String.valueOf(in.next()))
                    .contains("\"featureName\": \"b\"", "\"max\": 2.0", "\"min\": -2.0")
                    .containsPattern("\"variance\": 1\\.\\d");
        }
        Path started = folder.resolve("started");
        EffectsJob.train(config, photon, started, OutputFormat.DLRM, _ -> {});
        assertThat(models(started, shops())).hasSize(models(photon, shops()).size());
    }

    private static List<String> rows(Path file) throws IOException {
        List<String> rows = new ArrayList<>();
        try (AvroReader reader = AvroReader.open(file)) {
            for (Object row = reader.next(); row != null; row = reader.next()) {
                rows.add(row.toString());
            }
        }
        return rows;
    }

    @Test
    void normalizedSamplesLearnScaledPenalties() throws IOException {
        CoordinateSpec[] specs = new CoordinateSpec[3];
        Normalization[] kinds = {
            Normalization.SCALE_WITH_STANDARD_DEVIATION,
            Normalization.STANDARDIZATION,
            Normalization.SCALE_WITH_MAX_MAGNITUDE
        };
        for (int i = 0; i < kinds.length; i++) {
            specs[i] = all(new Preparation(Source.SHARED, kinds[i], 1));
        }
        double[] deviation = weight(specs[0]);
        assertThat(weight(specs[1])).containsExactly(deviation, within(1e-9));
        // a penalty of 1 on w/f is one of 1/f² on w: with |b| ≤ 2, f = 1/2 and 4
        SolverSettings heavier =
                SOLVER.withRegularization(SOLVER.regularization().times(4));
        CoordinateSpec same = new CoordinateSpec("all", "", List.of("b"), heavier, ActiveSamples.ALL, 0, 0);
        assertThat(weight(specs[2])).containsExactly(weight(same), within(1e-7));
        assertThat(weight(specs[2])[0]).isNotCloseTo(weight(all(Preparation.NONE))[0], within(1e-4));
    }

    @Test
    void downSamplingKeepsPositivesAndWeighsNegatives() throws IOException {
        double[] whole = weight(all(Preparation.NONE));
        double[] half = weight(all(new Preparation(Source.SHARED, Normalization.NONE, 0.5)));
        assertThat(half[0]).isNotEqualTo(whole[0]).isCloseTo(whole[0], within(0.3));
        assertThat(half[1]).as("the intercept is not biased").isCloseTo(whole[1], within(0.4));
    }

    /// @return coefficient of b and intercept
    private double[] weight(CoordinateSpec spec) throws IOException {
        Path output = Files.createTempDirectory(folder, "out").resolve("models");
        EffectsJob.train(config(tables(List.of()), Compat.NONE, spec), null, output, OutputFormat.DLRM, _ -> {});
        EntityModel model = Objects.requireNonNull(models(output, spec).get("all"));
        return new double[] {model.mean(1), model.mean(0)};
    }

    @Test
    void gdmixsDefectsAreToldByTheMigrationReport() throws IOException {
        EffectsConfig theirs = migrating(Compat.GDMIX);
        String report = MigrationJob.run(Compat.GDMIX, theirs, migrating(Compat.NONE), folder.resolve("both"));
        assertThat(report)
                .contains("From --compat gdmix to the default", "bound on an entity's samples")
                .containsPattern("12 models compared, \\d+ differ, the largest change of a coefficient is \\d\\.\\d+")
                .containsPattern("AUC 0\\.\\d{5} with gdmix, 0\\.\\d{5} by default");
        Path gdmix = folder.resolve("gdmix");
        EffectsJob.train(theirs, null, gdmix, GDMIX, _ -> {});
        assertThat(EvalSummary.read(new GdmixFolders(gdmix.resolve("shops")).evalSummary()))
                .containsOnlyKeys("auc", "mse");
    }

    private EffectsConfig migrating(Compat compat) {
        return config(
                tables(List.of()),
                compat,
                new CoordinateSpec(
                        "shops",
                        "shop",
                        List.of("a", "b"),
                        SOLVER.withCompat(compat),
                        new ActiveSamples(1, 20, compat),
                        0,
                        0));
    }

    @Test
    void gdmixDropsSamplesWithoutScoresWhichIsAnErrorByDefault() throws IOException {
        StringBuilder scores = new StringBuilder("uid,logit\n");
        for (int uid = 0; uid < 500; uid++) {
            scores.append(uid).append(",0.1\n");
        }
        Path some = Files.writeString(folder.resolve("some.csv"), scores);
        Data data = new Data(folder.resolve("training.csv"), null, List.of(some), "uid", "clicked", "", "");
        List<DescentStep> heard = new ArrayList<>();
        EffectsConfig gdmix = config(data, Compat.GDMIX, all(Preparation.NONE), shops());
        EffectsJob.train(gdmix, null, folder.resolve("dropped"), OutputFormat.DLRM, heard::add);
        assertThat(heard.getLast().counts().samples()).isEqualTo(500);
        EffectsConfig right = config(data, Compat.NONE, all(Preparation.NONE), shops());
        assertThatThrownBy(() -> EffectsJob.train(right, null, folder.resolve("refused"), OutputFormat.DLRM, _ -> {}))
                .hasMessageContaining("uid 500 has no score; every sample needs one");
    }

    /// Photon's tuner, as its command has it, does nothing.
    @Test
    void photonsSearchFindsNothing() throws IOException {
        EffectsConfig.Search search =
                new EffectsConfig.Search(EffectsConfig.SearchKind.RANDOM, Map.of(), List.of("all"), 0.01, 100, 3, 1, 0);
        for (Compat compat : new Compat[] {Compat.PHOTON, Compat.NONE}) {
            EffectsConfig plain = config(tables(List.of()), compat, all(Preparation.NONE));
            EffectsConfig searching = new EffectsConfig(plain.data(), plain.coordinates(), plain.descent(), search, 1);
            List<DescentStep> heard = new ArrayList<>();
            EffectsJob.train(searching, null, folder.resolve("search-" + compat), OutputFormat.DLRM, heard::add);
            assertThat(heard).as("of a search, only its trials are heard").hasSize(compat == Compat.PHOTON ? 2 : 3);
            assertThat(heard.getFirst().coordinate()).isEqualTo(compat == Compat.PHOTON ? EffectsJob.GIVEN : "all");
        }
    }

    @Test
    void anEntityIsExplained() throws IOException {
        EffectsConfig config = config(tables(List.of()), Compat.NONE, all(Preparation.NONE), shops());
        Path models = folder.resolve("models");
        EffectsJob.train(config, null, models, OutputFormat.DLRM, _ -> {});
        @Nullable Path none = null;
        String text = ExplainJob.run(config, models, none, "shops", "s3", folder);
        assertThat(text)
                .startsWith("entity s3\n")
                .contains("trained on all", "3 coefficients:", "because of intercept");
        assertThat(ExplainJob.run(config, models, none, "all", "", folder)).contains("samples    600");
    }
}
