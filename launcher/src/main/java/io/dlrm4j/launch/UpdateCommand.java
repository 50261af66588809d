package io.dlrm4j.launch;

import io.dlrm4j.effects.job.EffectsConfig;
import io.dlrm4j.effects.job.OnlineJob;
import io.dlrm4j.effects.online.Precision;
import io.dlrm4j.launch.screen.ResultTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `dlrm random-effects update`: models that learn from every few samples as they come.
@Command(
        name = "update",
        description = "Learns from a file, a folder that grows, or a topic of Kafka, into a store of models.",
        sortOptions = false)
final class UpdateCommand implements Callable<Integer> {
    private static final long MOST_PROPERTIES = 1 << 20;

    private final Shell shell;

    @Option(
            names = "--config",
            required = true,
            paramLabel = "FILE",
            description = "YAML: columns, coordinates, loss; l2 is the precision of what is not known yet.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path config;

    @Option(
            names = "--store",
            required = true,
            paramLabel = "DIR",
            description = "The store, which is made where it is missing.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path store;

    @Option(
            names = "--data",
            paramLabel = "PATH",
            description =
                    "A file of samples, or a folder into which files are put: Parquet, CSV, Avro, TFRecords, JSON lines.")
    private @Nullable Path data;

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT,...",
            description = "Kafka's servers, in place of --data; a message is a sample as a JSON object.")
    private @Nullable String servers;

    @Option(names = "--topic", paramLabel = "NAME", description = "The topic of Kafka.")
    private @Nullable String topic;

    @Option(
            names = "--kafka-properties",
            paramLabel = "FILE",
            description = "More settings of Kafka's consumer, such as those of TLS.")
    private @Nullable Path properties;

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description = "Models with which a new store begins; 1 over their variances are its precisions.")
    private @Nullable Path models;

    @Option(
            names = "--feed",
            paramLabel = "NAME",
            description = "Under which the position is kept; the name of the file, folder or topic without.")
    private @Nullable String feed;

    @Option(
            names = "--memory",
            paramLabel = "0..1",
            defaultValue = "1",
            description = "Forgetting factor: 1 keeps all of the past, 0 forgets it; 1 without.")
    private double memory;

    @Option(
            names = "--precision",
            paramLabel = "KIND",
            defaultValue = "full",
            description = "What is kept of the precision: full, diagonal, identity or none; full without.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String precision;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "256",
            description = "Most samples of a commit; 256 without.")
    private int batch;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "Ends when no sample came for so long; 5 without.")
    private double wait;

    @Option(names = "--compat", paramLabel = "SYSTEM", description = "lambda: with Lambda Learner's known defects.")
    private @Nullable String compat;

    UpdateCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        EffectsConfig read = EffectsOptions.config(config, compat);
        if (!(wait >= 0) || wait > 1e9) {
            throw new UsageException("--wait=" + wait + ", want 0 to 1e9 seconds");
        }
        OnlineJob.Settings settings = new OnlineJob.Settings(
                memory,
                EffectsOptions.choice("--precision", precision, Precision.class),
                batch,
                Duration.ofMillis((long) (1000 * wait)));
        OnlineJob.Feed from = feed();
        if (models != null) {
            EffectsOptions.requireExists("--models", models);
        }
        try (OnlineJob job = OnlineJob.open(read, settings, store, models)) {
            OnlineJob.Summary summary = job.run(from, this::print);
            ResultTable table = new ResultTable().row("samples", String.valueOf(summary.samples()));
            if (summary.samples() > 0) {
                table.row("loss before learning", Results.number("%.5f", summary.loss()));
            }
            shell.out()
                    .print(table.row("version", String.valueOf(summary.version()))
                            .row("store", store.toString())
                            .print());
        }
        return 0;
    }

    private void print(OnlineJob.Progress progress) {
        shell.out()
                .println(String.format(
                        Locale.ROOT,
                        "version %d  %d samples  loss %.5f",
                        progress.version(),
                        progress.samples(),
                        progress.loss()));
    }

    private OnlineJob.Feed feed() throws IOException {
        if ((data == null) == (servers == null)) {
            throw new UsageException("--data and --kafka, want one of them");
        }
        if (data != null) {
            EffectsOptions.requireExists("--data", data);
            Path name = data.toAbsolutePath().normalize().getFileName();
            return new OnlineJob.Feed.Folder(feed == null ? String.valueOf(name) : feed, data);
        }
        if (topic == null) {
            throw new UsageException("--kafka without --topic, want its name");
        }
        Properties all = new Properties();
        if (properties != null) {
            EffectsOptions.requireExists("--kafka-properties", properties);
            if (Files.size(properties) > MOST_PROPERTIES) {
                throw new UsageException("--kafka-properties=" + properties + " has more than " + MOST_PROPERTIES
                        + " bytes, want a consumer's settings");
            }
            try (BufferedReader in = Files.newBufferedReader(properties, StandardCharsets.UTF_8)) {
                all.load(in);
            }
        }
        all.setProperty("bootstrap.servers", servers);
        return new OnlineJob.Feed.Topic(feed == null ? topic : feed, all, topic);
    }
}
