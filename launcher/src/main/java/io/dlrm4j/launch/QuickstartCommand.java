package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.criteo.synthetic.GenerateReport;
import io.dlrm4j.launch.config.ConfigBuilder;
import io.dlrm4j.launch.config.ConfigYaml;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.launch.screen.Screen;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import io.dlrm4j.trainer.report.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `dlrm quickstart`: everything once, small, on clicks that it generates.
///
/// ```
/// quickstart-1/
///   data/           generated clicks, prepared form
///   config.yaml     the configuration, for dlrm train --config
///   checkpoints/    halfway and at the end
///   resumed/        the halfway one, and the end reached from it again
///   scores.parquet
/// ```
@Command(
        name = "quickstart",
        description = "Generates clicks, trains on 2 processes, checkpoints, resumes, scores.",
        sortOptions = false)
final class QuickstartCommand implements Callable<Integer> {
    private static final int DATA_SEED = 1;
    private static final double TABLE_SCALE = 0.01;
    private static final int BATCH_SIZE = 512;

    private final Shell shell;

    @Option(names = "--output", paramLabel = "DIR", description = "The new folder; default quickstart-1, -2, ...")
    private @Nullable Path output;

    @Option(names = "--workers", paramLabel = "N", description = "Worker processes; default 2.")
    private int workers = 2;

    @Option(names = "--rows", paramLabel = "N", description = "Rows that are generated; default 350000.")
    private long rows = 350_000;

    @Option(names = "--engine", paramLabel = "NAME", description = "Compute engine: cpu (default), nd4j or cuda.")
    private String engine = "cpu";

    QuickstartCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        HostOptions hosts = HostOptions.local(workers);
        hosts.check();
        Path folder = output == null ? unusedName() : output;
        Preflight.absent("--output", folder);
        GenerateOptions clicks = clicks(folder.resolve("data"));
        JobConfig config = config(folder, clicks);
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            JobLauncher launcher = new JobLauncher(shell, hosts, screen, false);
            launcher.check(config);
            PrivateFiles.folder(folder);
            PrivateFiles.write(folder.resolve("config.yaml"), ConfigYaml.print(config));
            GenerateReport generated =
                    GenerateClicks.run(clicks, (done, _, _) -> screen.progress("generating rows", done, rows, ""));
            screen.endProgress();
            Finished trained = launcher.run("training", config, WorkerTask.TRAIN);
            Path end = Path.of(trained.getCheckpoint());
            Path again = resume(folder, config, launcher);
            long differing = differingFiles(end, again);
            Path scores = folder.resolve("scores.parquet");
            Finished scored = launcher.run("scoring", config, WorkerTask.score(scores, false));
            shell.out()
                    .print(table(generated, trained, differing, again, scored, scores)
                            .print());
            return differing == 0 ? 0 : 1;
        }
    }

    private Path unusedName() {
        int number = 1;
        while (Files.exists(Path.of("quickstart-" + number))) {
            number++;
        }
        return Path.of("quickstart-" + number);
    }

    private GenerateOptions clicks(Path data) {
        try {
            return GenerateOptions.of(data, rows, DATA_SEED)
                    .withCardinalities(Cardinalities.kaggle().scaled(TABLE_SCALE))
                    .withThreads(Runtime.getRuntime().availableProcessors());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /// The shipped Adagrad configuration with larger batches, and a checkpoint halfway.
    private JobConfig config(Path folder, GenerateOptions clicks) {
        long trainingRows = rows - rows / clicks.days();
        long steps = Math.ceilDiv(trainingRows, BATCH_SIZE);
        return new ConfigBuilder()
                .yaml("""
                        model: {embedding_dim: 16, bottom: 13-512-256-64-16, top: 512-256-1}
                        optimizer: {tables: row_wise_adagrad, mlps: adagrad, learning_rate: 0.01}
                        checkpoint: {keep: 2}
                        """, "quickstart")
                .set("data.batch_size", String.valueOf(BATCH_SIZE), "quickstart")
                .set("data.path", folder.resolve("data").toString(), "quickstart")
                .set("train.output", folder.resolve("metrics").toString(), "quickstart")
                .set("train.engine", engine, "--engine")
                .set("checkpoint.path", folder.resolve("checkpoints").toString(), "quickstart")
                .set("checkpoint.every", String.valueOf(Math.ceilDiv(steps, 2)), "quickstart")
                .build();
    }

    /// Copies the halfway checkpoint alone into another folder and trains from it to the end.
    ///
    /// @return the checkpoint at the end
    private static Path resume(Path folder, JobConfig config, JobLauncher launcher)
            throws IOException, InterruptedException {
        List<Path> checkpoints = new CheckpointFolder(folder.resolve("checkpoints")).newestFirst();
        Path halfway = checkpoints.getLast();
        Path resumed = Files.createDirectories(folder.resolve("resumed"));
        copy(
                halfway,
                Files.createDirectory(resumed.resolve(halfway.getFileName().toString())));
        JobConfig.Builder again = config.toBuilder();
        again.getCheckpointBuilder().setPath(resumed.toString()).setResume(true);
        again.getTrainBuilder().setOutput("").setEvaluateOn("none");
        return Path.of(launcher.run("resuming", again.build(), WorkerTask.TRAIN).getCheckpoint());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }

    /// Weights and optimizer state must have the same bits; the manifests hold different folders.
    private static long differingFiles(Path end, Path again) throws IOException {
        long differing = 0;
        try (Stream<Path> files = Files.list(end)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".safetensors"))
                    .toList()) {
                Path other = again.resolve(file.getFileName().toString());
                if (!Files.exists(other) || Files.mismatch(file, other) >= 0) {
                    differing++;
                }
            }
        }
        return differing;
    }

    private ResultTable table(
            GenerateReport generated, Finished trained, long differing, Path again, Finished scored, Path scores)
            throws IOException {
        ResultTable table = new ResultTable()
                .row("processes", String.valueOf(workers))
                .row("training samples", String.valueOf(trained.getSamples()))
                .row("samples/s", Results.number("%.0f", Results.samplesPerSecond(trained)))
                .row("AUC", Results.number("%.5f", trained.getQuality().getAuc()))
                .row(
                        "best AUC possible",
                        Results.number("%.5f", generated.onTest().auc()))
                .row("log loss", Results.number("%.5f", trained.getQuality().getLogLoss()))
                .row(
                        "best log loss possible",
                        Results.number("%.5f", generated.onTest().logLoss()))
                .row("checkpoint", trained.getCheckpoint());
        table.row(
                "resume",
                differing == 0
                        ? "verified: same bits from halfway on"
                        : differing + " files of " + again + " differ from the checkpoint");
        return table.row("scores", scored.getScoredRows() + " rows in " + scores);
    }
}
