package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.trainer.score.ScoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChurnCommandTest {
    private static final int SAMPLES = 20;

    @TempDir
    Path folder;

    /// Logits rise with the uid, but for that of `swapped`, which is the highest.
    private Path scores(String name, int swapped) throws IOException {
        Path file = folder.resolve(name);
        try (ScoreWriter out = ScoreWriter.open(file, 0)) {
            for (int uid = 0; uid < SAMPLES; uid++) {
                out.add(uid, uid % 2, uid == swapped ? SAMPLES : uid / 10f, new float[0]);
            }
            return out.finish();
        }
    }

    @Test
    void oneOfTheTopTwoOfTwentyIsAnother() throws IOException {
        CommandRun run = CommandRun.of(
                "churn", scores("a.csv", -1).toString(), scores("b.parquet", 4).toString());

        double difference = 1 / (1 + Math.exp(-SAMPLES)) - 1 / (1 + Math.exp(-0.4));
        double a = 0;
        for (int uid = 0; uid < SAMPLES; uid++) {
            a += Math.log1p(Math.exp(uid / 10.0)) - (uid % 2) * uid / 10.0;
        }
        double b = a - Math.log1p(Math.exp(0.4)) + Math.log1p(Math.exp(SAMPLES));
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .isEqualTo(String.format(Locale.ROOT, """
                samples           20
                mean |Δp|         %.6f
                top-decile flips  0.5000
                log loss of A     %.5f
                log loss of B     %.5f
                """, difference / SAMPLES, a / SAMPLES, b / SAMPLES));
    }

    @Test
    void aModelDoesNotDifferFromItself() throws IOException {
        String scores = scores("a.csv", 3).toString();
        assertThat(CommandRun.of("churn", scores, scores).out())
                .contains("mean |Δp|         0.000000\n", "top-decile flips  0.0000\n");
    }

    @Test
    void whatCannotBeComparedIsSaid() throws IOException {
        Path few = folder.resolve("few.csv");
        Files.writeString(few, "uid,label,logit\n0,1,0.5\n");
        CommandRun missing = CommandRun.of("churn", scores("a.csv", 3).toString(), few.toString());
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains("no logit; every row needs one, in every file that is joined");

        Files.writeString(few, "uid,label,logit\n");
        CommandRun empty = CommandRun.of("churn", few.toString(), few.toString());
        assertThat(empty.exitCode()).isEqualTo(2);
        assertThat(empty.err()).contains("has no samples");

        CommandRun absent = CommandRun.of("churn", "nowhere.csv", few.toString());
        assertThat(absent.exitCode()).isEqualTo(2);
        assertThat(absent.err()).contains("A=nowhere.csv does not exist");
    }
}
