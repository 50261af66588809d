package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    @Test
    void mistakesAreOneLineWithTheirPlace() throws IOException {
        assertRefused(data().replace("l2: 2", "l3: 2"), "unknown key coordinates.l3 at FILE:7:5; did you mean l1?");
        assertRefused(data().replace("l2: 2", "l2: two"), "coordinates.l2=two at FILE:7:9, want a number");
        assertRefused(data().replace("name: per_user", "iterations: 3"), "no coordinates.name at FILE:5:5");
        assertRefused(data().replace("[AUC", "[AUK"), "evaluator AUK, want AUC, AUPR");
        assertRefused(data().replace("threads: 2", "compat: gdmyx"), "compat=gdmyx at FILE:9:9, want none or gdmix or");
        assertRefused(data().replace("training.csv", "trainig.csv"), "data.training=");
        assertRefused("coordinates: [", "no YAML at FILE:");
        assertRefused("threads: 2", "no list coordinates at FILE:1:1");
    }

    private void assertRefused(String yaml, String line) throws IOException {
        Path config = config(yaml);
        CommandRun run = CommandRun.of(
                "random-effects",
                "train",
                "--config",
                config.toString(),
                "--output",
                folder.resolve("none").toString());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("dlrm: " + line.replace("FILE", config.toString()));
        assertThat(run.err().lines()).hasSize(1);
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
