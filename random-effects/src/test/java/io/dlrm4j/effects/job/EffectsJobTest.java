package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.PenaltyChoice;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.job.EffectsConfig.SearchKind;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EffectsJobTest {
    private static final List<Evaluator> EVALUATORS =
            List.of(Evaluator.parse("AUC", Compat.NONE), Evaluator.parse("AUC:shop", Compat.NONE));

    @TempDir
    Path folder;

    /// Shops have hidden tastes for two features; a deep score knows the rest.
    @BeforeEach
    void write() throws IOException {
        Random random = new Random(1);
        double[][] taste = new double[15][];
        for (int shop = 0; shop < 15; shop++) {
            taste[shop] = new double[] {2 * random.nextGaussian(), 2 * random.nextGaussian(), random.nextGaussian()};
        }
        StringBuilder scores = new StringBuilder("uid,logit\n");
        for (String part : new String[] {"training", "validation"}) {
            int first = part.equals("training") ? 0 : 100_000;
            StringBuilder rows = new StringBuilder("uid,shop,a,b,clicked\n");
            for (int i = 0; i < (first == 0 ? 1500 : 500); i++) {
                int shop = random.nextInt(15);
                double a = random.nextGaussian();
                double b = random.nextGaussian();
                double deep = random.nextGaussian();
                double margin = deep + taste[shop][0] * a + taste[shop][1] * b + taste[shop][2];
                int clicked = random.nextDouble() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
                rows.append(String.format(Locale.ROOT, "%d,s%d,%f,%f,%d%n", first + i, shop, a, b, clicked));
                scores.append(String.format(Locale.ROOT, "%d,%f%n", first + i, deep));
            }
            Files.writeString(folder.resolve(part + ".csv"), rows);
        }
        Files.writeString(folder.resolve("deep.csv"), scores);
    }

    @Test
    void trainsBehindGivenScoresAndScoresTheSameAgain() throws IOException {
        List<DescentStep> heard = new ArrayList<>();
        DescentResult result =
                EffectsJob.train(config(null), null, folder.resolve("out"), OutputFormat.DLRM, heard::add);
        assertThat(heard.stream().map(DescentStep::coordinate)).containsExactly(EffectsJob.GIVEN, "all", "shops");
        double deep = heard.get(0).metrics().getOrDefault("AUC", Double.NaN);
        assertThat(result.metric("AUC")).isGreaterThan(deep + 0.1);
        assertThat(heard.get(2).metrics().getOrDefault("AUC:shop", Double.NaN)).isBetween(0.7, 1.0);
        assertThat(heard.get(2).counts().trained()).isEqualTo(15);

        Path scored = folder.resolve("scored.avro");
        int rows = EffectsJob.score(
                config(null),
                folder.resolve("out"),
                folder.resolve("validation.csv"),
                scored,
                OutputFormat.Layout.DLRM);
        assertThat(rows).isEqualTo(500);
        assertThat(scores(scored))
                .containsExactly(scores(folder.resolve("out/validation_scores/part-00000.avro")), within(1e-6));
    }

    @Test
    void continuesFromAModelAndKeepsLockedCoordinates() throws IOException {
        Path first = folder.resolve("first");
        DescentResult before = EffectsJob.train(config(null), null, first, OutputFormat.DLRM, _ -> {});
        EffectsConfig plain = config(null);
        EffectsConfig locked = new EffectsConfig(
                plain.data(),
                plain.coordinates(),
                new EffectsConfig.Descent(1, Set.of("all"), EVALUATORS, Compat.NONE),
                null,
                2);
        DescentResult after = EffectsJob.train(locked, first, folder.resolve("second"), OutputFormat.DLRM, _ -> {});
        assertThat(mean(after)).isEqualTo(mean(before));
        assertThatThrownBy(() -> EffectsJob.train(
                        locked, folder.resolve("deep"), folder.resolve("third"), OutputFormat.DLRM, _ -> {}))
                .hasMessageContaining("no models of");
    }

    @Test
    void oneRandomEffectIsStreamedToTheSameModels() throws IOException {
        EffectsConfig both = config(null);
        List<EffectsConfig.CoordinateSpec> shops = both.coordinates().subList(1, 2);
        EffectsConfig held = new EffectsConfig(both.data(), shops, both.descent(), null, 2);
        EffectsConfig.Data data = both.data();
        EffectsConfig alone = new EffectsConfig(
                new EffectsConfig.Data(data.training(), null, data.scores(), "uid", "clicked", "", ""),
                shops,
                new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE),
                null,
                2);
        EffectsJob.train(held, null, folder.resolve("held"), OutputFormat.DLRM, _ -> {});
        DescentResult streamed = EffectsJob.train(alone, null, folder.resolve("streamed"), OutputFormat.DLRM, _ -> {});
        assertThat(streamed.steps().getFirst().counts().trained()).isEqualTo(15);
        Path scored = folder.resolve("one.avro");
        Path again = folder.resolve("other.avro");
        EffectsJob.score(held, folder.resolve("held"), data.training(), scored, OutputFormat.Layout.DLRM);
        EffectsJob.score(held, folder.resolve("streamed"), data.training(), again, OutputFormat.Layout.DLRM);
        assertThat(scores(again)).containsExactly(scores(scored), within(1e-6));
    }

    @Test
    void searchesPenalties() throws IOException {
        for (SearchKind kind : List.of(SearchKind.PATH, SearchKind.RANDOM, SearchKind.BAYESIAN)) {
            EffectsConfig.Search search = new EffectsConfig.Search(
                    kind, Map.of("shops", new double[] {1000, 1}), List.of("shops"), 0.1, 1000, 5, 1, 0);
            List<DescentStep> heard = new ArrayList<>();
            DescentResult result = EffectsJob.train(
                    config(search), null, folder.resolve("out-" + kind), OutputFormat.DLRM, heard::add);
            assertThat(heard).hasSize(kind == SearchKind.PATH ? 2 : 5);
            assertThat(result.steps().getLast().penalties()).containsOnlyKeys("shops");
            for (DescentStep step : heard) {
                assertThat(step.penalties().get("shops")).isBetween(0.1, 1000.0);
                assertThat(result.metric("AUC"))
                        .isGreaterThanOrEqualTo(step.metrics().getOrDefault("AUC", Double.NaN));
            }
        }
    }

    /// Penalties are chosen on training samples; a coordinate that brings nothing is left out.
    @Test
    void choosesPenaltiesOnHeldOutTrainingSamples() throws IOException {
        EffectsConfig.Search search = new EffectsConfig.Search(
                SearchKind.CROSS_FITTED,
                Map.of("shops", new double[] {0.5, 1e6}, "days", new double[] {1, 10}),
                List.of(),
                0,
                0,
                0,
                0,
                4);
        EffectsConfig plain = config(null);
        EffectsConfig.CoordinateSpec shops = plain.coordinates().get(1);
        EffectsConfig.CoordinateSpec days = new EffectsConfig.CoordinateSpec(
                "days", "uid", List.of(), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0);
        EffectsConfig config = new EffectsConfig(plain.data(), List.of(days, shops), plain.descent(), search, 2);
        List<DescentStep> heard = new ArrayList<>();
        Path out = folder.resolve("fitted");
        DescentResult result = EffectsJob.train(config, null, out, OutputFormat.DLRM, heard::add);
        assertThat(heard).extracting(DescentStep::coordinate).containsExactly(EffectsJob.GIVEN, "days", "shops");
        assertThat(result.steps().getLast().penalties())
                .containsExactly(Map.entry("days", PenaltyChoice.OFF), Map.entry("shops", 0.5));
        assertThat(result.metric("AUC"))
                .isGreaterThan(heard.getFirst().metrics().getOrDefault("AUC", 1.0) + 0.1);
        Path scored = folder.resolve("fitted.avro");
        EffectsJob.score(config, out, folder.resolve("validation.csv"), scored, OutputFormat.Layout.DLRM);
        assertThat(scores(scored))
                .containsExactly(scores(out.resolve("validation_scores/part-00000.avro")), within(1e-6));
        assertThatThrownBy(() -> EffectsJob.train(config, out, folder.resolve("x"), OutputFormat.DLRM, _ -> {}))
                .hasMessageContaining("want no models to start from");
        assertThatThrownBy(() -> config(search))
                .hasMessage("search.kind=cross_fitted with the coordinate all, which is a fixed effect: "
                        + "want random effects alone, behind data.scores");
    }

    @Test
    void aSearchKeepsLockedCoordinates() throws IOException {
        Path first = folder.resolve("first");
        DescentResult before = EffectsJob.train(config(null), null, first, OutputFormat.DLRM, _ -> {});
        EffectsConfig plain = config(new EffectsConfig.Search(
                SearchKind.PATH, Map.of("shops", new double[] {1000, 1}), List.of(), 0, 0, 0, 1, 0));
        EffectsConfig locked = new EffectsConfig(
                plain.data(),
                plain.coordinates(),
                new EffectsConfig.Descent(1, Set.of("all"), EVALUATORS, Compat.NONE),
                plain.search(),
                2);
        DescentResult after = EffectsJob.train(locked, first, folder.resolve("second"), OutputFormat.DLRM, _ -> {});
        assertThat(mean(after)).isEqualTo(mean(before));
    }

    private static double mean(DescentResult result) {
        return Objects.requireNonNull(result.model().model("all", "all")).mean(0);
    }

    private EffectsConfig config(EffectsConfig.@Nullable Search search) {
        EffectsConfig.Data data = new EffectsConfig.Data(
                folder.resolve("training.csv"),
                folder.resolve("validation.csv"),
                List.of(folder.resolve("deep.csv")),
                "uid",
                "clicked",
                "",
                "");
        List<EffectsConfig.CoordinateSpec> coordinates = List.of(
                new EffectsConfig.CoordinateSpec(
                        "all", "", List.of("a", "b"), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0),
                new EffectsConfig.CoordinateSpec(
                        "shops", "shop", List.of("a", "b"), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0));
        return new EffectsConfig(
                data, coordinates, new EffectsConfig.Descent(1, Set.of(), EVALUATORS, Compat.NONE), search, 2);
    }

    static double[] scores(Path file) throws IOException {
        List<Double> scores = new ArrayList<>();
        try (ScoreFile.Reader reader = ScoreFile.Reader.open(file, ScoreFile.Columns.GDMIX)) {
            for (ScoreFile.Row row = reader.next(); row != null; row = reader.next()) {
                scores.add(row.score());
            }
        }
        return scores.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
