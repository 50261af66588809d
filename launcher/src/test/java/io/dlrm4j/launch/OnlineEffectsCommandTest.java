package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnlineEffectsCommandTest {
    @TempDir
    Path folder;

    private String config = "";

    @BeforeEach
    void write() throws IOException {
        Random random = new Random(8);
        for (String part : new String[] {"monday", "tuesday"}) {
            StringBuilder rows = new StringBuilder();
            for (int i = 0; i < 300; i++) {
                int user = random.nextInt(5);
                int x = random.nextInt(3) - 1;
                int label = random.nextDouble() < 1 / (1 + Math.exp(-(user - 2) * x)) ? 1 : 0;
                rows.append("{\"uid\":%d,\"user\":\"u%d\",\"x\":%d,\"label\":%d}%n"
                        .formatted((part.equals("monday") ? 0 : 1000) + i, user, x, label));
            }
            Files.writeString(folder.resolve(part + ".jsonl"), rows);
        }
        config = Files.writeString(folder.resolve("effects.yaml"), """
                        data:
                          training: %s
                        coordinates:
                          - name: per_user
                            entity: user
                            features: [x]
                        threads: 1
                        """.formatted(folder.resolve("monday.jsonl")))
                .toString();
    }

    private static CommandRun done(String... args) {
        CommandRun run = CommandRun.of(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        return run;
    }

    private CommandRun update(String data, String... more) {
        String store = folder.resolve("store").toString();
        List<String> args = new ArrayList<>(List.of(
                "random-effects", "update", "--config", config, "--store", store, "--batch", "100", "--wait", "0"));
        args.addAll(List.of("--data", folder.resolve(data).toString()));
        args.addAll(List.of(more));
        return CommandRun.of(args.toArray(new String[0]));
    }

    @Test
    void learnsListsGoesBackAndCompacts() throws IOException {
        String store = folder.resolve("store").toString();
        CommandRun first = update("monday.jsonl");
        assertThat(first.err()).isEmpty();
        assertThat(first.out()).contains("version 3  300 samples  loss 0.");
        assertThat(update("monday.jsonl").out()).contains("samples", "0").doesNotContain("loss");
        assertThat(update("tuesday.jsonl").out()).contains("version 6  300 samples");
        assertThat(done("random-effects", "store", "list", store).out())
                .containsPattern("per_user +5 models, 1 features")
                .containsPattern("feed monday.jsonl +monday.jsonl:300")
                .contains("version 6  5 models written");
        done("random-effects", "store", "rollback", store, "--version", "3");
        assertThat(done("random-effects", "store", "list", store).out())
                .contains("version 7  back to version 3")
                .doesNotContain("feed tuesday");
        assertThat(update("tuesday.jsonl").out()).contains("version 10  300 samples");
        assertThat(done("random-effects", "store", "compact", store).out()).containsPattern("oldest version +10");
        CommandRun gone = CommandRun.of("random-effects", "store", "rollback", store, "--version", "3");
        assertThat(gone.exitCode()).isEqualTo(1);
        assertThat(gone.err()).contains("version 3, want 10 to 10");
        CommandRun none = CommandRun.of("random-effects", "store", "list", folder.toString());
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("is no store of models; dlrm random-effects update makes one");
    }

    @Test
    void choosesAndEvaluatesAnotherPolicy() throws IOException {
        update("monday.jsonl");
        String store = folder.resolve("store").toString();
        String candidates = folder.resolve("tuesday.jsonl").toString();
        Path log = folder.resolve("log.csv");
        Path other = folder.resolve("other.csv");
        assertThat(thompson(store, candidates, log, "7").out()).containsPattern("decisions +5");
        thompson(store, candidates, other, "8");
        StringBuilder rewards = new StringBuilder("uid,reward\n");
        for (int uid = 1000; uid < 1300; uid++) {
            rewards.append(uid).append(",2\n");
        }
        Path paid = Files.writeString(folder.resolve("rewards.csv"), rewards);
        String all = done(
                        "random-effects",
                        "evaluate-policy",
                        log.toString(),
                        "--target",
                        other.toString(),
                        "--rewards",
                        paid.toString())
                .out();
        assertThat(all).containsPattern("decisions +5").containsPattern("SNIPS +2\\.000000 ± 0\\.000000");

        Files.writeString(paid, "uid,reward\n1,2\n");
        CommandRun unpaid = CommandRun.of(
                "random-effects",
                "evaluate-policy",
                log.toString(),
                "--target",
                other.toString(),
                "--rewards",
                paid.toString());
        assertThat(unpaid.exitCode()).isEqualTo(1);
        assertThat(unpaid.err())
                .contains("log.csv: row 0: no reward; every row needs one, in every file that is joined");

        Path one = Files.writeString(folder.resolve("one.csv"), """
                propensity,reward,target,expected_logged,expected_target
                0.5,1,1,0.5,0.75
                0.25,0,0.5,0.25,0.5
                """);
        assertThat(done("random-effects", "evaluate-policy", one.toString()).out())
                .containsPattern("IPS +1\\.000000")
                .containsPattern("SNIPS +0\\.500000")
                .containsPattern("doubly robust +0\\.875000");
        CommandRun missing = CommandRun.of("random-effects", "evaluate-policy", paid.toString());
        assertThat(missing.err()).contains("rewards.csv: no column propensity, there are [uid, reward]");
    }

    private CommandRun thompson(String store, String candidates, Path output, String seed) {
        return done(
                "random-effects",
                "score",
                "--config",
                config,
                "--models",
                store,
                "--data",
                candidates,
                "--output",
                output.toString(),
                "--thompson",
                seed,
                "--draws",
                "100");
    }

    @Test
    void mistakesAreOneLine() throws IOException {
        assertRefused(update("monday.jsonl", "--kafka", "localhost:1"), "--data and --kafka, want one of them");
        Path large = Files.write(folder.resolve("large.properties"), new byte[(1 << 20) + 1]);
        assertRefused(
                CommandRun.of(
                        "random-effects",
                        "update",
                        "--config",
                        config,
                        "--store",
                        folder.resolve("store").toString(),
                        "--kafka",
                        "localhost:1",
                        "--topic",
                        "clicks",
                        "--kafka-properties",
                        large.toString()),
                "--kafka-properties=" + large + " has more than 1048576 bytes, want a consumer's settings");
        assertRefused(update("monday.jsonl", "--precision", "half"), "--precision=half, want full or diagonal");
        assertRefused(update("monday.jsonl", "--compat", "lamda"), "--compat=lamda, want none or gdmix or photon or");
        assertRefused(update("sunday.jsonl"), "--data=");
        CommandRun endless = CommandRun.of(
                "random-effects", "update", "--config", config, "--store", "s", "--data", config, "--wait", "-1");
        assertRefused(endless, "--wait=-1.0, want 0 to 1e9 seconds");
    }

    private static void assertRefused(CommandRun run, String line) {
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("dlrm: " + line);
        assertThat(run.err().lines()).hasSize(1);
    }
}
