package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.launch.screen.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `dlrm score`: writes uid, label and logit of every row.
@Command(name = "score", description = "Writes a checkpoint's logit for each row.", sortOptions = false)
final class ScoreCommand implements Callable<Integer> {
    private final Shell shell;
    private final ConfigOptions options;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private HostOptions hosts = new HostOptions();

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE",
            description = "A new file; .parquet, .avro or .csv says its format.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path output;

    @Option(
            names = "--hidden",
            description =
                    "Writes the activations of the top MLP's last hidden layer too, as a list column of that name,"
                            + " which random effects can take as features; wants .parquet, engine cpu or nd4j.")
    private boolean hidden;

    ScoreCommand(Shell shell, ConfigOptions options) {
        this.shell = shell;
        this.options = options;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        JobConfig config = options.read(spec.commandLine().getParseResult());
        hosts.check();
        Preflight.scores(output, hidden);
        Preflight.checkpoint(config);
        Preflight.data(config);
        Preflight.evaluation(config);
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            Finished finished = new JobLauncher(shell, hosts, screen, true)
                    .run("scoring", config, WorkerTask.score(output, hidden));
            shell.out()
                    .print(new ResultTable()
                            .row("scored rows", String.valueOf(finished.getScoredRows()))
                            .row("scores", output + " (" + Files.size(output) + " bytes)")
                            .print());
        }
        return 0;
    }
}
