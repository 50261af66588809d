package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.online.Precision;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.solve.Variance;
import io.dlrm4j.effects.store.ModelStore;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnlineJobTest {
    private static final int SAMPLES = 600;
    private static final OnlineJob.Settings SETTINGS = settings(Precision.FULL, 3);

    @TempDir
    Path folder;

    private static OnlineJob.Settings settings(Precision precision, int batch) {
        return new OnlineJob.Settings(0.95, precision, batch, Duration.ZERO);
    }

    private static OnlineJob.Feed feed(Path path) {
        return new OnlineJob.Feed.Folder(path.getFileName().toString(), path);
    }

    private Path samples() throws IOException {
        return OnlineSamples.write(folder.resolve("samples.jsonl"), OnlineSamples.lines(SAMPLES));
    }

    private static OnlineJob.Summary learn(Path samples, Path store) throws IOException {
        try (OnlineJob job = OnlineJob.open(OnlineSamples.config(samples), SETTINGS, store, null)) {
            return job.run(feed(samples), _ -> {});
        }
    }

    /// Killed again and again while it learns, it ends with the same bits: nothing is lost, nothing counts twice.
    @Test
    void aKillLosesNothingAndRepeatsNothing() throws Exception {
        Path samples = samples();
        Random random = new Random(7);
        for (int kill = 0; kill < 4; kill++) {
            learnAndKill(samples, folder.resolve("killed"), 3 + random.nextInt(40));
        }
        OnlineJob.Summary rest = learn(samples, folder.resolve("killed"));
        assertThat(rest.samples()).isBetween(1L, SAMPLES - 12L);
        OnlineJob.Summary whole = learn(samples, folder.resolve("whole"));
        assertThat(whole.samples()).isEqualTo(SAMPLES);
        assertThat(whole.loss()).isLessThan(Math.log(2));
        assertThat(rest.version()).isEqualTo(whole.version());
        assertThat(OnlineSamples.beliefs(folder.resolve("killed")))
                .hasSize(10)
                .isEqualTo(OnlineSamples.beliefs(folder.resolve("whole")));
        assertThat(learn(samples, folder.resolve("whole")).samples()).isZero();
        EffectsConfig config = OnlineSamples.config(samples);
        assertThat(ExplainJob.run(config, folder.resolve("whole"), null, "per_user", "u3", folder))
                .containsPattern(
                        "learned    online, last in version \\d+ of 200; feed samples.jsonl read to samples.jsonl:600")
                .contains("entity u3");
    }

    private static void learnAndKill(Path samples, Path store, int commits) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Learner.class.getName(),
                        samples.toString(),
                        store.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < commits; i++) {
                assertThat(out.readLine()).as("the process ended by itself").isNotNull();
            }
            process.toHandle().destroyForcibly();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    /// The process that is killed.
    static final class Learner {
        private Learner() {}

        public static void main(String[] args) throws IOException {
            Path samples = Path.of(args[0]);
            try (OnlineJob job = OnlineJob.open(OnlineSamples.config(samples), SETTINGS, Path.of(args[1]), null)) {
                job.run(feed(samples), progress -> System.out.println(progress.version()));
            }
        }
    }

    @Test
    void aFolderOfTablesTeachesTheSame() throws IOException {
        List<String> lines = OnlineSamples.lines(90);
        Path json = OnlineSamples.write(folder.resolve("samples.jsonl"), lines);
        Path tables = Files.createDirectory(folder.resolve("tables"));
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String header = "uid,label,offset,user,movie,x,genre\n";
            String values = lines.get(i).replaceAll("\"[a-z]+\": ", "").replaceAll("[{}\" ]", "");
            rows.append(rows.isEmpty() ? header : "").append(values).append('\n');
            if (i % 30 == 29) {
                Files.writeString(tables.resolve("part-" + i + ".csv"), rows);
                rows.setLength(0);
            }
        }
        Path abandoned = Files.createDirectories(folder.resolve("second/dlrm-flow-1"));
        Files.writeString(abandoned.resolve("samples.db"), "of a process that was killed");
        learn(json, folder.resolve("first"));
        OnlineJob.Summary summary = learn(tables, folder.resolve("second"));
        assertThat(summary.samples()).isEqualTo(90);
        assertThat(abandoned).doesNotExist();
        assertThat(OnlineSamples.beliefs(folder.resolve("second")))
                .isEqualTo(OnlineSamples.beliefs(folder.resolve("first")));
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void everyKindOfPrecisionLearns(Precision precision) throws IOException {
        Path samples = samples();
        Path store = folder.resolve("store");
        try (OnlineJob job = OnlineJob.open(OnlineSamples.config(samples), settings(precision, 50), store, null)) {
            assertThat(job.run(feed(samples), _ -> {}).loss()).isLessThan(0.69);
        }
        try (ModelStore open = ModelStore.open(store)) {
            open.forEach(model -> assertThat(model.posterior().kind()).isEqualTo(precision));
            assertThat(open.features("per_user").size()).isEqualTo(16); // x and the genres that joined
        }
    }

    @Test
    void aStoreBeginsWithTrainedModelsAndIsReadAsModels() throws IOException {
        Path samples = samples();
        EffectsConfig plain = OnlineSamples.config(samples);
        EffectsConfig config = new EffectsConfig(
                plain.data(),
                plain.coordinates().stream()
                        .map(spec -> new EffectsConfig.CoordinateSpec(
                                spec.name(),
                                spec.entity(),
                                spec.features(),
                                spec.solver().withVariance(Variance.SIMPLE),
                                ActiveSamples.ALL,
                                0,
                                0))
                        .toList(),
                plain.descent(),
                null,
                1);
        Path models = folder.resolve("models");
        EffectsJob.train(config, null, models, OutputFormat.DLRM, _ -> {});
        Path store = folder.resolve("store");
        OnlineJob.open(config, SETTINGS, store, models).close();
        assertThatThrownBy(() -> OnlineJob.open(config, SETTINGS, store, models))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("10 models already");
        Path fromModels = folder.resolve("a.avro");
        Path fromStore = folder.resolve("b.avro");
        EffectsJob.score(config, models, samples, fromModels, OutputFormat.Layout.DLRM);
        EffectsJob.score(config, store, samples, fromStore, OutputFormat.Layout.DLRM);
        assertThat(fromStore).hasSameBinaryContentAs(fromModels);
    }

    @Test
    void rollbackLearnsAgainWhatCameSince() throws IOException {
        Path samples = samples();
        Path store = folder.resolve("store");
        OnlineJob.Summary whole = learn(samples, store);
        Map<String, String> learned = OnlineSamples.beliefs(store);
        try (ModelStore open = ModelStore.open(store)) {
            open.rollback(whole.version() / 2, false);
            open.compact(whole.version() / 2);
        }
        assertThat(OnlineSamples.beliefs(store)).isNotEqualTo(learned);
        assertThat(learn(samples, store).samples()).isEqualTo(SAMPLES / 2);
        assertThat(OnlineSamples.beliefs(store)).isEqualTo(learned);
    }

    @Test
    void mistakesAreRefused() throws IOException {
        Path samples = samples();
        learn(samples, folder.resolve("store"));
        Path other = OnlineSamples.write(folder.resolve("other.jsonl"), OnlineSamples.lines(5));
        OnlineJob.Feed sameName = new OnlineJob.Feed.Folder("samples.jsonl", other);
        try (OnlineJob job = OnlineJob.open(OnlineSamples.config(other), SETTINGS, folder.resolve("store"), null)) {
            assertThatThrownBy(() -> job.run(sameName, _ -> {}))
                    .hasMessageContaining("the file samples.jsonl of position \"samples.jsonl:600\" is not there");
        }
        SolverSettings lasso = SolverSettings.LOGISTIC.withRegularization(new Regularization(1, 1, false));
        EffectsConfig plain = OnlineSamples.config(samples);
        EffectsConfig config = new EffectsConfig(
                plain.data(),
                List.of(new EffectsConfig.CoordinateSpec("u", "user", List.of(), lasso, ActiveSamples.ALL, 0, 0)),
                new EffectsConfig.Descent(1, Set.of(), List.of(), Compat.NONE),
                null,
                1);
        assertThatThrownBy(() -> OnlineJob.open(config, SETTINGS, folder.resolve("new"), null))
                .hasMessage("coordinate u: l1 in online updates, want l2 alone");
    }
}
