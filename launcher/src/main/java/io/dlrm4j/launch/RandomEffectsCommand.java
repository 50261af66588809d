package io.dlrm4j.launch;

import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.job.EffectsJob;
import io.dlrm4j.launch.config.EffectsYaml;
import io.dlrm4j.launch.screen.ResultTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `dlrm random-effects`: a model for each user, each item, … on top of scores.
@Command(name = "random-effects", description = "Trains per-entity models on top of scores, and scores with them.")
final class RandomEffectsCommand implements Callable<Integer> {
    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    RandomEffectsCommand(Shell shell) {
        this.shell = shell;
    }

    /// Without a subcommand: their list.
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return 0;
    }

    @Command(
            name = "train",
            description = "Trains all coordinates in turn; prints what each of them brings.",
            sortOptions = false)
    int train(
            @Option(
                            names = "--config",
                            required = true,
                            paramLabel = "FILE",
                            description = "YAML: data, coordinates, evaluators.")
                    Path file,
            @Option(
                            names = "--output",
                            required = true,
                            paramLabel = "DIR",
                            description = "A new folder for models and validation scores.")
                    Path output,
            @Option(
                            names = "--start",
                            paramLabel = "DIR",
                            description = "Models to begin with, as --output leaves them.")
                    @Nullable
                    Path start)
            throws IOException {
        EffectsConfig config = EffectsYaml.read(file);
        requireInputs(config);
        if (Files.exists(output)) {
            throw new UsageException("--output=" + output + " exists, want a new folder");
        }
        if (start != null && !Files.isDirectory(start)) {
            throw new UsageException("--start=" + start + " is no folder, want one of models");
        }
        Files.createDirectories(output);
        long from = System.nanoTime();
        DescentResult result =
                EffectsJob.train(config, start, output, step -> shell.out().println(line(step)));
        ResultTable table = new ResultTable();
        result.steps()
                .get(result.best())
                .metrics()
                .forEach((name, value) -> table.row(name, Results.number("%.5f", value)));
        table.row("coordinates", String.valueOf(result.model().coordinates().keySet()))
                .row("seconds", Results.number("%.1f", 1e-9 * (System.nanoTime() - from)))
                .row("models", output.toString());
        shell.out().print(table.print());
        return 0;
    }

    @Command(name = "score", description = "Scores samples with trained models.", sortOptions = false)
    int score(
            @Option(
                            names = "--config",
                            required = true,
                            paramLabel = "FILE",
                            description = "The YAML that the models were trained with.")
                    Path file,
            @Option(names = "--models", required = true, paramLabel = "DIR", description = "Folder of models.")
                    Path models,
            @Option(
                            names = "--data",
                            required = true,
                            paramLabel = "PATH",
                            description = "Samples, in Parquet or CSV, with the columns of the configuration.")
                    Path data,
            @Option(names = "--output", required = true, paramLabel = "FILE", description = "A new Avro file.")
                    Path output)
            throws IOException {
        EffectsConfig config = EffectsYaml.read(file);
        requireExists("--data", data);
        requireExists("--models", models);
        if (Files.exists(output)) {
            throw new UsageException("--output=" + output + " exists, want a new file");
        }
        int rows = EffectsJob.score(config, models, data, output);
        shell.out()
                .print(new ResultTable()
                        .row("scored rows", String.valueOf(rows))
                        .row("scores", output.toString())
                        .print());
        return 0;
    }

    private static void requireInputs(EffectsConfig config) {
        requireExists("data.training", config.data().training());
        Path validation = config.data().validation();
        if (validation != null) {
            requireExists("data.validation", validation);
        }
        config.data().scores().forEach(scores -> requireExists("data.scores", scores));
    }

    private static void requireExists(String what, Path path) {
        if (!Files.exists(path)) {
            throw new UsageException(what + "=" + path + " does not exist");
        }
    }

    private static String line(DescentStep step) {
        StringJoiner line = new StringJoiner("  ");
        line.add("pass " + step.pass()).add(step.coordinate());
        if (step.counts().entities() > 0) {
            line.add("%d of %d entities, %d of %d samples"
                    .formatted(
                            step.counts().trained(),
                            step.counts().entities(),
                            step.counts().activeSamples(),
                            step.counts().samples()));
        }
        step.metrics().forEach((name, value) -> line.add(String.format(Locale.ROOT, "%s %.5f", name, value)));
        return line.toString();
    }
}
