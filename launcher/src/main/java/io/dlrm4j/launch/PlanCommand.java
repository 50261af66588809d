package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.ModelConfig;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.criteo.PreparedData;
import io.dlrm4j.launch.config.ConfigYaml;
import io.dlrm4j.trainer.RankScope;
import io.dlrm4j.trainer.plan.PlacementSearch.Found;
import io.dlrm4j.trainer.plan.PlanReport;
import io.dlrm4j.trainer.plan.Rates;
import io.dlrm4j.trainer.plan.RatesFile;
import io.dlrm4j.trainer.plan.StepWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `dlrm plan`: where the tables of a job should lie, and what a step of it will take, before anything runs.
@Command(
        name = "plan",
        description = "Says where tables should lie and predicts memory, bytes and time of a step.",
        sortOptions = false)
final class PlanCommand implements Callable<Integer> {
    private static final int MOST_RANKS = 1024;

    private final Shell shell;
    private final ConfigOptions options;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--ranks", paramLabel = "N", description = "Ranks to plan for, up to 1024; default 1.")
    private int ranks = 1;

    @Option(names = "--ranks-per-host", paramLabel = "N", description = "Ranks of each host; default all on one.")
    private int perHost;

    @Option(
            names = "--rates",
            paramLabel = "FILE",
            description = "What the machine can do, as doctor --measure writes it; default where that writes it.")
    private Path rates = RatesFile.usual();

    @Option(
            names = "--pooling",
            split = ",",
            paramLabel = "IDS",
            description = "Mean ids of a sample for each table, as 1,1,3; default the most that the data has.")
    private List<Double> poolings = new ArrayList<>();

    @Option(names = "--write", paramLabel = "FILE", description = "Writes the part \"sharding\" of a configuration.")
    private @Nullable Path write;

    @Option(names = "--no-scaling", description = "Leaves out other numbers of ranks and other batches.")
    private boolean noScaling;

    PlanCommand(Shell shell, ConfigOptions options) {
        this.shell = shell;
        this.options = options;
    }

    @Override
    public Integer call() throws IOException {
        JobConfig config = options.read(spec.commandLine().getParseResult());
        Preflight.model(config);
        if (ranks < 1 || ranks > MOST_RANKS) {
            throw new UsageException("--ranks=%d, want 1 to %d".formatted(ranks, MOST_RANKS));
        }
        if (perHost < 0) {
            throw new UsageException("--ranks-per-host=%d, want 1 or more".formatted(perHost));
        }
        int ofHost = perHost == 0 ? ranks : Math.min(perHost, ranks);
        Preflight.overwritable("--write", write == null ? "" : write.toString());
        Schema schema = schema(config);
        DlrmShape shape = shape(config, schema);
        if (!poolings.isEmpty() && poolings.size() != schema.tables().size()) {
            throw new UsageException("--pooling has %d numbers, want %d, one for each table"
                    .formatted(poolings.size(), schema.tables().size()));
        }
        PlanReport report = new PlanReport(
                StepWork.of(config, shape, schema, poolings),
                rates(),
                config.getTrain().getThreads(),
                perHost == 0 ? MOST_RANKS : perHost,
                RankScope.memoryLimit(config.getTrain(), ofHost));
        Found found = find(report);
        shell.out().print(report.print(found));
        if (!noScaling) {
            shell.out().print(System.lineSeparator() + report.printScaling(ranks));
        }
        if (write != null) {
            Files.writeString(write, sharding(report, found));
            shell.out().println("wrote " + write);
        }
        return 0;
    }

    private Found find(PlanReport report) {
        try {
            return report.find(ranks);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage() + "; more --ranks, or --memory-limit for other machines");
        }
    }

    private Rates rates() throws IOException {
        if (!Files.isRegularFile(rates)) {
            throw new UsageException("--rates=" + rates + " does not exist, want what dlrm doctor --measure writes");
        }
        try {
            return RatesFile.read(rates);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--rates=" + e.getMessage());
        }
    }

    /// Of the data, or of the configuration alone: one-hot tables named as prepared data has them.
    private static Schema schema(JobConfig config) throws IOException {
        ModelConfig model = config.getModel();
        if (!config.getData().getPath().isEmpty()) {
            Preflight.data(config);
            return PreparedData.open(Path.of(config.getData().getPath())).schema();
        }
        if (model.getTablesCount() == 0) {
            throw new UsageException("no --data and no model.tables, want one of them: the rows of the tables");
        }
        List<Schema.Table> tables = new ArrayList<>();
        for (int t = 0; t < model.getTablesCount(); t++) {
            tables.add(new Schema.Table("C" + (t + 1), model.getTables(t), 1));
        }
        return new Schema(model.getBottom(0), tables);
    }

    private static DlrmShape shape(JobConfig config, Schema schema) {
        try {
            return DlrmShape.of(
                    config.getModel(),
                    schema.denseFeatures(),
                    schema.tables().stream().map(Schema.Table::rows).toList());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private String sharding(PlanReport report, Found found) {
        String head = "# Written by dlrm plan for %d ranks, %d of each host.%n".formatted(ranks, found.perHost());
        StringBuilder yaml = new StringBuilder(head);
        boolean inside = false;
        for (String line : ConfigYaml.print(JobConfig.newBuilder()
                        .setSharding(report.sharding(found))
                        .build())
                .lines()
                .toList()) {
            inside = line.startsWith(" ") ? inside : line.equals("sharding:");
            if (inside) {
                yaml.append(line).append(System.lineSeparator());
            }
        }
        return yaml.toString();
    }
}
