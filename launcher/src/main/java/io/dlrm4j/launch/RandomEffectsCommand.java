package io.dlrm4j.launch;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.PenaltyChoice;
import io.dlrm4j.effects.explain.MigrationReport;
import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.job.EffectsJob;
import io.dlrm4j.effects.job.ExplainJob;
import io.dlrm4j.effects.job.ExplorationJob;
import io.dlrm4j.effects.job.GdmixExport;
import io.dlrm4j.effects.job.MigrationJob;
import io.dlrm4j.effects.job.ModelExport;
import io.dlrm4j.effects.job.OutputFormat;
import io.dlrm4j.effects.job.PhotonExport;
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
    private static final String COMPAT = "gdmix, photon or lambda: with that system's known defects; none without.";
    private static final String LAYOUT = "dlrm, gdmix or photon: whose folders and files are written.";
    private static final String PARTITIONS = "Partitions of random effects in GDMix's layout; 10 without.";
    private static final String CONFIG = "The YAML that the models were trained with.";

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
                            description = "Models to begin with: a folder of ours, GDMix's or Photon's, or a store.")
                    @Nullable
                    Path start,
            @Option(names = "--compat", paramLabel = "SYSTEM", description = COMPAT) @Nullable String compat,
            @Option(names = "--layout", paramLabel = "SYSTEM", defaultValue = "dlrm", description = LAYOUT)
                    String layout,
            @Option(names = "--partitions", paramLabel = "N", defaultValue = "10", description = PARTITIONS)
                    int partitions,
            @Option(names = "--partition-data", description = "Writes GDMix's partitioned samples as well.")
                    boolean samples,
            @Option(
                            names = "--output-mode",
                            paramLabel = "MODE",
                            defaultValue = "best",
                            description =
                                    "Photon's models/N: best (none), explicit (a path's), tuned (a search's), all.")
                    String mode,
            @Option(
                            names = "--group-eval",
                            description = "Writes Photon's group-eval: metrics of each entity for each of models/N.")
                    boolean groups)
            throws IOException {
        EffectsConfig config = EffectsOptions.config(file, compat);
        EffectsOptions.requireInputs(config);
        EffectsOptions.requireNew("--output", output);
        if (start != null && !Files.isDirectory(start)) {
            throw new UsageException("--start=" + start + " is no folder, want one of models");
        }
        OutputFormat.Models models = EffectsOptions.choice("--output-mode", mode, OutputFormat.Models.class);
        OutputFormat format = EffectsOptions.format(config, layout, partitions, samples, models, groups);
        Files.createDirectories(output);
        long from = System.nanoTime();
        DescentResult result = EffectsJob.train(
                config,
                start,
                output,
                format,
                shell.out()::println,
                step -> shell.out().println(line(step)));
        ResultTable table = new ResultTable();
        DescentStep best = result.steps().get(result.best());
        best.metrics().forEach((name, value) -> table.row(name, Results.number("%.5f", value)));
        best.penalties().forEach((name, value) -> table.row("penalty of " + name, penalty(value)));
        table.row("coordinates", String.valueOf(result.model().coordinates().keySet()))
                .row("seconds", Results.number("%.1f", 1e-9 * (System.nanoTime() - from)))
                .row("models", output.toString());
        shell.out().print(table.print());
        return 0;
    }

    @Command(
            name = "score",
            description = "Scores samples with trained models, or chooses among them by Thompson sampling.",
            sortOptions = false)
    int score(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = CONFIG) Path file,
            @Option(
                            names = "--models",
                            required = true,
                            paramLabel = "DIR",
                            description = "Folder of models, or a store.")
                    Path models,
            @Option(
                            names = "--data",
                            required = true,
                            paramLabel = "PATH",
                            description = "Samples with the columns of the configuration.")
                    Path data,
            @Option(
                            names = "--output",
                            required = true,
                            paramLabel = "FILE",
                            description = "A new file: Avro, or CSV with --thompson.")
                    Path output,
            @Option(names = "--compat", paramLabel = "SYSTEM", description = COMPAT) @Nullable String compat,
            @Option(names = "--layout", paramLabel = "SYSTEM", defaultValue = "dlrm", description = LAYOUT)
                    String layout,
            @Option(
                            names = "--thompson",
                            paramLabel = "SEED",
                            description = "Draws coefficients, chooses one sample of each entity, logs propensities.")
                    @Nullable
                    Long seed,
            @Option(
                            names = "--coordinate",
                            paramLabel = "NAME",
                            description = "Whose coefficients are drawn; the first random effect's without.")
                    @Nullable
                    String coordinate,
            @Option(
                            names = "--request",
                            paramLabel = "COLUMN",
                            defaultValue = "",
                            description = "What is one decision; all samples of an entity without.")
                    String request,
            @Option(
                            names = "--draws",
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "Draws for each decision, of which propensities are parts; 1000 without.")
                    int draws)
            throws IOException {
        EffectsConfig config = EffectsOptions.config(file, compat);
        EffectsOptions.requireExists("--data", data);
        EffectsOptions.requireExists("--models", models);
        EffectsOptions.requireNew("--output", output);
        ResultTable table = new ResultTable();
        if (seed == null) {
            OutputFormat.Layout wanted = EffectsOptions.choice("--layout", layout, OutputFormat.Layout.class);
            table.row("scored rows", String.valueOf(EffectsJob.score(config, models, data, output, wanted)));
        } else {
            ExplorationJob.Settings settings = new ExplorationJob.Settings(
                    coordinate == null ? firstRandomEffect(config) : coordinate, request, seed, draws);
            long decisions = ExplorationJob.run(config, settings, models, data, output);
            table.row("decisions", String.valueOf(decisions));
        }
        shell.out().print(table.row("scores", output.toString()).print());
        return 0;
    }

    private static String firstRandomEffect(EffectsConfig config) {
        return config.coordinates().stream()
                .filter(one -> !one.entity().isEmpty())
                .findFirst()
                .orElseThrow(() -> new UsageException("--thompson without a random effect, want --coordinate"))
                .name();
    }

    @Command(
            name = "explain",
            description = "Tells of one entity what was trained, on what, and why it scores as it does.",
            sortOptions = false)
    int explain(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = CONFIG) Path file,
            @Option(
                            names = "--models",
                            required = true,
                            paramLabel = "DIR",
                            description = "Folder of models, or a store.")
                    Path models,
            @Option(
                            names = "--coordinate",
                            required = true,
                            paramLabel = "NAME",
                            description = "A coordinate of the configuration.")
                    String coordinate,
            @Option(
                            names = "--entity",
                            paramLabel = "ID",
                            defaultValue = "",
                            description = "Which entity; a fixed effect needs none.")
                    String entity,
            @Option(
                            names = "--data",
                            paramLabel = "PATH",
                            description = "Samples to be explained; the training samples without.")
                    @Nullable
                    Path data,
            @Option(names = "--compat", paramLabel = "SYSTEM", description = COMPAT) @Nullable String compat)
            throws IOException {
        EffectsConfig config = EffectsOptions.config(file, compat);
        EffectsOptions.requireExists("--models", models);
        if (data == null) {
            EffectsOptions.requireInputs(config);
        } else {
            EffectsOptions.requireExists("--data", data);
        }
        Path temporary = Files.createTempDirectory("dlrm-explain-");
        try {
            shell.out().print(ExplainJob.run(config, models, data, coordinate, entity, temporary));
        } finally {
            Files.deleteIfExists(temporary);
        }
        return 0;
    }

    @Command(
            name = "migrate",
            description = "Tells what changes for who leaves GDMix, Photon or Lambda Learner.",
            sortOptions = false)
    int migrate(
            @Option(
                            names = "--compat",
                            required = true,
                            paramLabel = "SYSTEM",
                            description = "The system that is left: gdmix, photon or lambda.")
                    String compat,
            @Option(
                            names = "--config",
                            paramLabel = "FILE",
                            description = "Trains this both ways, and compares the models.")
                    @Nullable
                    Path file,
            @Option(names = "--output", paramLabel = "DIR", description = "A new folder for the models of both ways.")
                    @Nullable
                    Path output)
            throws IOException {
        Compat system = EffectsOptions.choice("--compat", compat, Compat.class);
        if (file == null || output == null) {
            if (file != null || output != null) {
                throw new UsageException("--config and --output, want both or neither");
            }
            shell.out().print(new MigrationReport(system).text());
            return 0;
        }
        EffectsConfig theirs = EffectsOptions.config(file, compat);
        EffectsConfig ours = EffectsOptions.config(file, "none");
        EffectsOptions.requireInputs(ours);
        EffectsOptions.requireNew("--output", output);
        Files.createDirectories(output);
        shell.out().print(MigrationJob.run(system, theirs, ours, output));
        return 0;
    }

    @Command(
            name = "convert",
            description = "Writes samples as GDMix's or Photon's input, or models in another layout.",
            sortOptions = false)
    int convert(
            @Option(names = "--config", required = true, paramLabel = "FILE", description = "YAML: data, coordinates.")
                    Path file,
            @Option(names = "--output", required = true, paramLabel = "DIR", description = "A new folder.") Path output,
            @Option(
                            names = "--models",
                            paramLabel = "DIR",
                            description = "Converts these models, and no samples: a folder of any layout, or a store.")
                    @Nullable
                    Path models,
            @Option(names = "--layout", paramLabel = "SYSTEM", defaultValue = "gdmix", description = LAYOUT)
                    String layout,
            @Option(names = "--partitions", paramLabel = "N", defaultValue = "10", description = PARTITIONS)
                    int partitions)
            throws IOException {
        EffectsConfig config = EffectsOptions.config(file, null);
        OutputFormat format = EffectsOptions.format(config, layout, partitions, false, OutputFormat.Models.BEST, false);
        if (models == null) {
            EffectsOptions.requireInputs(config);
            if (format.layout() == OutputFormat.Layout.DLRM) {
                throw new UsageException("--layout=dlrm of samples, want gdmix or photon, or --models");
            }
        } else {
            EffectsOptions.requireExists("--models", models);
        }
        EffectsOptions.requireNew("--output", output);
        Files.createDirectories(output);
        ResultTable table = new ResultTable();
        if (models != null) {
            table.row("models", String.valueOf(ModelExport.run(config, models, output, format)));
        } else {
            boolean photon = format.layout() == OutputFormat.Layout.PHOTON;
            long records = photon ? PhotonExport.run(config, output) : GdmixExport.run(config, output);
            table.row("records", String.valueOf(records));
        }
        shell.out().print(table.row("folder", output.toString()).print());
        return 0;
    }

    private static String penalty(double value) {
        return value == PenaltyChoice.OFF ? "left out" : String.format(Locale.ROOT, "%.6g", value);
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
        step.penalties().forEach((name, value) -> line.add("penalty of %s %s".formatted(name, penalty(value))));
        return line.toString();
    }
}
