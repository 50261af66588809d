package io.dlrm4j.effects.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.job.EffectsConfig.CoordinateSpec;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several coordinates, two passes and validation in a process whose heap holds 38 bytes a sample. Its labels, weights,
/// offsets, uids and scores alone are 64.
class BoundedMemoryTest {
    private static final int TRAINING = 500_000;
    private static final int VALIDATION = 150_000;
    private static final String HEAP = "-Xmx24m";

    @TempDir
    Path folder;

    @Test
    void theHeapDoesNotGrowWithTheSamples() throws Exception {
        write("training", 0, TRAINING);
        write("validation", TRAINING, VALIDATION);
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Training.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        assertThat(text)
                .containsPattern("engine 512 MiB, heap \\d\\d MiB at most; [34]\\d\\.\\d MiB of samples' columns")
                .contains("AUC is right: true");
    }

    private void write(String name, int first, int rows) throws SQLException {
        try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = database.createStatement()) {
            statement.execute("""
                    COPY (SELECT i AS uid, i %% 997 AS u, (i * 7919) %% 499 AS m,
                                 CAST(hash(i) %% 100 < (CASE WHEN u < 500 THEN 30 ELSE 70 END) AS INTEGER) AS label
                          FROM range(%d, %d) AS t(i)) TO '%s' (FORMAT parquet)
                    """.formatted(first, first + rows, folder.resolve(name + ".parquet")));
        }
    }

    /// The process.
    static final class Training {
        private Training() {}

        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[0]);
            EffectsConfig.Data data = new EffectsConfig.Data(
                    folder.resolve("training.parquet"),
                    folder.resolve("validation.parquet"),
                    List.of(),
                    "uid",
                    "label",
                    "",
                    "");
            List<CoordinateSpec> coordinates = List.of(
                    new CoordinateSpec("users", "u", List.of(), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0),
                    new CoordinateSpec("movies", "m", List.of(), SolverSettings.LOGISTIC, ActiveSamples.ALL, 0, 0));
            List<Evaluator> evaluators =
                    List.of(Evaluator.parse("AUC", Compat.NONE), Evaluator.parse("LOGISTIC_LOSS:u", Compat.NONE));
            EffectsConfig.Descent descent = new EffectsConfig.Descent(2, Set.of(), evaluators, Compat.NONE);
            EffectsConfig config = new EffectsConfig(data, coordinates, descent, null, 1);
            Path out = Files.createDirectories(folder.resolve("out"));
            DescentResult result =
                    EffectsJob.train(config, null, out, OutputFormat.DLRM, System.out::println, System.out::println);
            // of pairs 0.7 0.7 are in order and 2 0.7 0.3 tied: 0.49 + 0.21; a little less, because movies are noise
            double auc = result.metric("AUC");
            System.out.println("AUC is right: " + (auc > 0.69 && auc < 0.71));
        }
    }
}
