package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomEffectsCommandTest {
    @TempDir
    Path folder;

    private Path config(String yaml) throws IOException {
        return Files.writeString(folder.resolve("effects.yaml"), yaml);
    }

    private String data() throws IOException {
        Random random = new Random(3);
        for (String part : new String[] {"training", "validation"}) {
            StringBuilder rows = new StringBuilder("uid,user,label\n");
            for (int i = 0; i < 400; i++) {
                int user = random.nextInt(10);
                int label = random.nextDouble() < 0.1 * user ? 1 : 0;
                rows.append(i)
                        .append(",u")
                        .append(user)
                        .append(',')
                        .append(label)
                        .append('\n');
            }
            Files.writeString(folder.resolve(part + ".csv"), rows);
        }
        return """
                data:
                  training: %s
                  validation: %s
                coordinates:
                  - name: per_user
                    entity: user
                    l2: 2
                evaluators: [AUC, LOGISTIC_LOSS]
                threads: 2
                """.formatted(folder.resolve("training.csv"), folder.resolve("validation.csv"));
    }

    @Test
    void trainsAndScores() throws IOException {
        Path config = config(data());
        Path models = folder.resolve("models");
        CommandRun run =
                CommandRun.of("random-effects", "train", "--config", config.toString(), "--output", models.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("pass 1  per_user  10 of 10 entities, 400 of 400 samples  AUC 0.");
        Path scores = folder.resolve("scores.avro");
        CommandRun scored = CommandRun.of(
                "random-effects",
                "score",
                "--config",
                config.toString(),
                "--models",
                models.toString(),
                "--data",
                folder.resolve("validation.csv").toString(),
                "--output",
                scores.toString());
        assertThat(scored.err()).isEmpty();
        assertThat(scored.out()).contains("scored rows  400");
        assertThat(scores).isNotEmptyFile();
    }

    private CommandRun run(String command, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("random-effects", command));
        args.addAll(List.of("--config", folder.resolve("effects.yaml").toString()));
        args.addAll(List.of(more));
        CommandRun run = CommandRun.of(args.toArray(new String[0]));
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        return run;
    }

    @Test
    void writesGdmixsAndPhotonsFoldersAndExplains() throws IOException {
        config(data());
        String gdmix = folder.resolve("gdmix").toString();
        run("train", "--output", gdmix, "--layout", "gdmix", "--partitions", "3", "--partition-data");
        assertThat(folder.resolve("gdmix/per_user/partition/partitionList.txt")).hasContent("0,1,2");
        assertThat(folder.resolve("gdmix/per_user/metric/evalSummary.json")).isNotEmptyFile();
        String photon = folder.resolve("photon").toString();
        run("train", "--output", photon, "--layout", "photon", "--compat", "photon");
        assertThat(folder.resolve("photon/best/model-metadata.json")).isNotEmptyFile();
        for (String models : new String[] {gdmix, photon}) {
            String text = run("explain", "--models", models, "--coordinate", "per_user", "--entity", "u3")
                    .out();
            assertThat(text).startsWith("entity u3\n").contains("because of intercept");
        }
        CommandRun nobody = CommandRun.of(
                "random-effects",
                "explain",
                "--config",
                folder.resolve("effects.yaml").toString(),
                "--models",
                gdmix,
                "--coordinate",
                "per_user",
                "--entity",
                "nobody");
        assertThat(nobody.err()).contains("coordinate per_user: no entity nobody in the samples or among 10 models");
    }

    @Test
    void convertsAndTrainsFromGdmixsInput() throws IOException {
        String yaml = data();
        config(yaml);
        Path root = folder.resolve("input");
        assertThat(run("convert", "--output", root.toString()).out()).containsPattern("records +800");
        assertThat(root.resolve("per_user/metadata/tensor_metadata.json")).isNotEmptyFile();
        config(yaml.replaceFirst("training: .*", "training: " + root)
                .replaceFirst("validation: .*", "validation: " + root + "\n  format: gdmix\n  label: label"));
        assertThat(run("train", "--output", folder.resolve("again").toString()).out())
                .contains("pass 1  per_user  10 of 10 entities, 400 of 400 samples  AUC 0.");
    }

    @Test
    void convertsSamplesAndModelsToPhoton() throws IOException {
        config(data());
        Path input = folder.resolve("input");
        assertThat(run("convert", "--output", input.toString(), "--layout", "photon")
                        .out())
                .containsPattern("records +800");
        assertThat(input.resolve("training/part-00000.avro")).isNotEmptyFile();
        Path gdmix = folder.resolve("gdmix");
        run("train", "--output", gdmix.toString(), "--layout", "gdmix");
        Path photon = folder.resolve("photon");
        assertThat(run("convert", "--models", gdmix.toString(), "--output", photon.toString(), "--layout", "photon")
                        .out())
                .containsPattern("models +10");
        assertThat(photon.resolve("best/random-effect/per_user/coefficients/part-00000.avro"))
                .isNotEmptyFile();
        CommandRun ours = CommandRun.of(
                "random-effects",
                "convert",
                "--config",
                folder.resolve("effects.yaml").toString(),
                "--output",
                folder.resolve("none").toString(),
                "--layout",
                "dlrm");
        assertThat(ours.err()).startsWith("dlrm: --layout=dlrm of samples, want gdmix or photon, or --models");
    }

    @Test
    void writesEveryModelOfASearchForPhoton() throws IOException {
        config(data().replace("[AUC", "[AUC, \"AUC:user\"") + "search: {kind: path, weights: {per_user: [10, 1]}}\n");
        Path photon = folder.resolve("photon");
        String out = run(
                        "train",
                        "--output",
                        photon.toString(),
                        "--layout",
                        "photon",
                        "--output-mode",
                        "all",
                        "--group-eval")
                .out();
        assertThat(out)
                .contains("penalty of per_user 10.0000", "penalty of per_user 1.00000")
                .containsPattern("penalty of per_user +1");
        assertThat(photon.resolve("models/1/model-metadata.json")).isNotEmptyFile();
        assertThat(photon.resolve("group-eval/1/AUC/user/part-00000.avro")).exists();
        assertRefused(
                data(), "groups are measured for the models of an output mode", "--layout", "photon", "--group-eval");
    }

    @Test
    void choosesPenaltiesOnHeldOutTrainingSamples() throws IOException {
        String search = """
                search:
                  kind: cross_fitted
                  folds: 4
                  weights: {per_user: [1000000, 2]}
                """;
        String yaml = data().replace("l2: 2", "regularize_intercept: true").replace("[AUC, ", "[");
        config(yaml + search);
        assertThat(run("train", "--output", folder.resolve("models").toString()).out())
                .containsPattern("pass 1  per_user  10 of 10 entities, .*  penalty of per_user 2\\.00000")
                .containsPattern("penalty of per_user +2\\.00000");
        config(yaml.replaceFirst(" +validation: .*\n", "") + search);
        assertThat(run("train", "--output", folder.resolve("again").toString()).out())
                .contains("penalty of per_user 2.00000")
                .doesNotContain("LOGISTIC_LOSS");
        config(yaml.replaceFirst("evaluators: .*\n", "") + search);
        assertThat(run("train", "--output", folder.resolve("usual").toString()).out())
                .contains("AUC", "penalty of per_user");
        assertRefused(data() + "passes: 2\n" + search, "search.kind=cross_fitted with passes=2 locked=[] and 2");
        assertRefused(data().replace("[AUC", "[\"AUC:user\"") + search, "evaluator AUC:user decides on penalties");
        assertRefused(
                data() + search.replace("per_user", "per_item"),
                "search.kind=cross_fitted with the coordinate per_user, want its penalties in search.weights");
    }

    @Test
    void readsGdmixDatasConfiguration() throws IOException {
        Path samples = Path.of(System.getProperty("data.dir", "../shared/data")).resolve("mixed-effects/gdmix-data");
        assumeTrue(Files.exists(samples), "no " + samples);
        String yaml = """
                data:
                  training: %s
                  label: response
                loss: squared
                effects: %s
                """;
        Path data = samples.resolve("data/TrainData.avro");
        config(yaml.formatted(data, samples.resolve("configs/FeatureConvertor.json")));
        assertThat(run("train", "--output", folder.resolve("models").toString()).out())
                .contains("pass 1  fixed-effect", "pass 1  per-member", "pass 1  per-item");
        Path two = samples.resolve("configs/ConfigWithTwoFixedEffects.json");
        assertRefused(
                yaml.formatted(data, two),
                two + ": effect 2 (per-member): the entity memberId is not among the columns");
    }

    @Test
    void tellsWhatMigrationChanges() throws IOException {
        config(data().replace("l2: 2", "l2: 2\n    most_samples: 10"));
        assertThat(run(
                                "migrate",
                                "--compat",
                                "gdmix",
                                "--output",
                                folder.resolve("both").toString())
                        .out())
                .contains("From --compat gdmix to the default")
                .contains("10 models compared, 10 differ")
                .containsPattern("AUC 0\\.\\d+ with gdmix, 0\\.\\d+ by default");
        CommandRun known = CommandRun.of("random-effects", "migrate", "--compat", "lambda");
        assertThat(known.exitCode()).isZero();
        assertThat(known.out()).contains("Thompson sampling");
    }

    @Test
    void mistakesAreOneLineWithTheirPlace() throws IOException {
        assertRefused(data().replace("l2: 2", "l3: 2"), "unknown key coordinates.l3 at FILE:7:5; did you mean l1?");
        assertRefused(
                data().replace("l2: 2", "down_sampling_rate: 0.5"), "coordinate per_user: down_sampling_rate is for");
        assertRefused(
                data().replace("l2: 2", "normalization: on"), "coordinates.normalization=on at FILE:7:20, want none");
        assertRefused(data().replace("l2: 2", "l2: two"), "coordinates.l2=two at FILE:7:9, want a number");
        assertRefused(data().replace("name: per_user", "iterations: 3"), "no coordinates.name at FILE:5:5");
        assertRefused(data().replace("[AUC", "[AUK"), "evaluator AUK, want AUC, AUPR");
        assertRefused(data().replace("threads: 2", "compat: gdmyx"), "compat=gdmyx at FILE:9:9, want none or gdmix or");
        assertRefused(data().replace("training.csv", "trainig.csv"), "data.training=");
        assertRefused("coordinates: [", "no YAML at FILE:");
        assertRefused("threads: 2", "no list coordinates at FILE:1:1");
    }

    private void assertRefused(String yaml, String line, String... more) throws IOException {
        Path config = config(yaml);
        List<String> args = new ArrayList<>(List.of("random-effects", "train", "--config", config.toString()));
        args.addAll(List.of("--output", folder.resolve("none").toString()));
        args.addAll(List.of(more));
        CommandRun run = CommandRun.of(args.toArray(new String[0]));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("dlrm: " + line.replace("FILE", config.toString()));
        assertThat(run.err().lines()).hasSize(1);
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
