package io.dlrm4j.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.launch.config.ConfigBuilder;
import io.dlrm4j.shards.ShardingPlan;
import io.dlrm4j.shards.ShardingPlanner;
import io.dlrm4j.trainer.plan.Line;
import io.dlrm4j.trainer.plan.Rates;
import io.dlrm4j.trainer.plan.RatesFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {
    private static final Path KAGGLE = Path.of("..", "configs", "criteo-kaggle.yaml");
    private static final List<Long> ROWS = List.of(5_000_000L, 40L, 40L, 2_000_000L, 1_000L, 300L);

    @TempDir
    Path folder;

    private Path rates;

    @BeforeEach
    void writeRates() throws IOException {
        rates = folder.resolve("machine.json");
        Line dense = new Line(1e-9, 2e-11);
        Line row = new Line(3e-8, 3e-10);
        Line link = new Line(5e-6, 2e-10);
        RatesFile.write(
                rates,
                new Rates(
                        4,
                        dense,
                        dense,
                        new Rates.Rows(row, row, row, row, row, row),
                        link,
                        new Line(2e-5, 1e-9),
                        link,
                        1e-9,
                        0,
                        1e10));
    }

    private CommandRun plan(String... words) {
        List<String> all = new ArrayList<>(List.of(
                "plan",
                "--config",
                KAGGLE.toString(),
                "--set",
                "model.tables=[5000000, 40, 40, 2000000, 1000, 300]",
                "--rates",
                rates.toString()));
        all.addAll(List.of(words));
        return CommandRun.of(all.toArray(String[]::new));
    }

    /// A job that takes the written file has the plan that was printed.
    @Test
    void whatIsWrittenIsAConfiguration() {
        Path written = folder.resolve("sharding.yaml");
        CommandRun run = plan("--ranks", "4", "--memory-limit", "200", "--write", written.toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains(
                        "predicted: ", "adding ranks stops paying at ", "the knee is a batch of ", "wrote " + written);
        JobConfig config = new ConfigBuilder().file(KAGGLE).file(written).build();
        Schema schema = new Schema(
                13,
                IntStream.range(0, ROWS.size())
                        .mapToObj(t -> new Schema.Table("C" + (t + 1), ROWS.get(t), 1))
                        .toList());
        ShardingPlan plan =
                ShardingPlanner.plan(DlrmShape.of(config.getModel(), 13, ROWS), schema, config.getSharding(), 4);
        for (int t = 0; t < ROWS.size(); t++) {
            assertThat(run.out())
                    .containsPattern("C%d .* %s"
                            .formatted(
                                    t + 1,
                                    Pattern.quote(plan.placements().get(t).toString())));
        }
    }

    @Test
    void whatCannotBePlannedIsRefused() {
        assertRefused(plan("--ranks", "0"), "--ranks=0, want 1 to 1024");
        assertRefused(plan("--ranks", "1025"), "--ranks=1025, want 1 to 1024");
        assertRefused(plan("--pooling", "1,2"), "--pooling has 2 numbers, want 6, one for each table");
        Path missing = folder.resolve("none");
        assertRefused(
                CommandRun.of(
                        "plan",
                        "--config",
                        KAGGLE.toString(),
                        "--set",
                        "model.tables=[9]",
                        "--rates",
                        missing.toString()),
                "--rates=" + missing + " does not exist, want what dlrm doctor --measure writes");
        assertRefused(
                plan("--set", "model.tables="),
                "no --data and no model.tables, want one of them: the rows of the tables");
        CommandRun full = plan("--ranks", "2", "--memory-limit", "50");
        assertThat(full.exitCode()).isEqualTo(2);
        assertThat(full.err()).contains("2 ranks: a rank would take", "want 50 MiB or less", "--memory-limit");
    }

    private static void assertRefused(CommandRun run, String line) {
        assertThat(run.err()).isEqualTo("dlrm: " + line + System.lineSeparator());
        assertThat(run.exitCode()).isEqualTo(2);
    }
}
