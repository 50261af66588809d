package io.dlrm4j.effects.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that commits is killed, again and again: what it said was committed is there, and each commit is whole.
class ModelStoreKillTest {
    private static final int KILLS = 6;
    private static final int KEYS = 40;

    @TempDir
    Path folder;

    @Test
    void nothingCommittedIsLost() throws Exception {
        Random random = new Random(5);
        for (int kill = 0; kill < KILLS; kill++) {
            long said = commitAndKill(5 + random.nextInt(120));
            try (ModelStore store = ModelStore.open(folder)) {
                assertThat(store.version()).isGreaterThanOrEqualTo(said);
                for (int key = 0; key < KEYS; key++) {
                    assertThat(Models.value(store, "user", "k" + key)).isEqualTo((double) store.version());
                }
            }
        }
    }

    /// @return the last commit that the process reported
    private long commitAndKill(int lines) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Committer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long last = 0;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < lines; i++) {
                String line = out.readLine();
                assertThat(line).as("the process ended by itself").isNotNull();
                last = Long.parseLong(line);
            }
            process.toHandle().destroyForcibly(); // the process itself would close its output as well
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = Math.max(last, Long.parseLong(line)); // said before the end
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return last;
    }

    /// The process: commits for ever, and compacts now and then.
    static final class Committer {
        private Committer() {}

        public static void main(String[] args) throws IOException {
            try (ModelStore store = ModelStore.open(Path.of(args[0]))) {
                store.features("user").add("f", "");
                while (true) {
                    long next = store.version() + 1;
                    for (int key = 0; key < KEYS; key++) {
                        store.put(Models.of("user", "k" + key, (double) next));
                    }
                    System.out.println(store.commit());
                    if (next % 25 == 0) {
                        store.compact(next - 3);
                    }
                }
            }
        }
    }
}
