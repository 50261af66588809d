package io.dlrm4j.launch;

import io.dlrm4j.effects.evaluate.Churn;
import io.dlrm4j.effects.flow.FlowOptions;
import io.dlrm4j.effects.flow.NumberTable;
import io.dlrm4j.launch.screen.ResultTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `dlrm churn`: how far two models differ on the same samples.
@Command(
        name = "churn",
        description = {
            "Compares two score files: mean difference of probabilities, flips in the top decile, log losses.",
            "Files are Parquet or CSV as dlrm score writes them: uid, label, logit. Every uid of A must be in B."
        },
        sortOptions = false)
final class ChurnCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(index = "0", paramLabel = "A", description = "Scores of one model.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path first;

    @Parameters(index = "1", paramLabel = "B", description = "Scores of another for the same samples.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path second;

    ChurnCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        EffectsOptions.requireExists("A", first);
        EffectsOptions.requireExists("B", second);
        Churn churn = new Churn();
        Path temporary = Files.createTempDirectory("dlrm-churn-");
        try {
            long _ = NumberTable.read(
                    List.of(
                            new NumberTable.Part(first, List.of("label", "logit")),
                            new NumberTable.Part(second, List.of("logit"))),
                    "",
                    FlowOptions.in(temporary),
                    row -> churn.add(row[0], row[1], row[2]));
        } finally {
            Files.deleteIfExists(temporary);
        }
        if (churn.samples() == 0) {
            throw new UsageException(first + " has no samples");
        }
        double[] losses = churn.logLosses();
        shell.out()
                .print(new ResultTable()
                        .row("samples", String.valueOf(churn.samples()))
                        .row("mean |Δp|", Results.number("%.6f", churn.meanDifference()))
                        .row("top-decile flips", Results.number("%.4f", churn.topDecileFlips()))
                        .row("log loss of A", Results.number("%.5f", losses[0]))
                        .row("log loss of B", Results.number("%.5f", losses[1]))
                        .print());
        return 0;
    }
}
