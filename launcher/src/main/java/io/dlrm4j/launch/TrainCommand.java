package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.launch.config.ConfigYaml;
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
import picocli.CommandLine.Spec;

/// `dlrm train`: trains a model on prepared data with one or more worker processes.
@Command(name = "train", description = "Trains a model on prepared data.", sortOptions = false)
final class TrainCommand implements Callable<Integer> {
    private final Shell shell;
    private final ConfigOptions options;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private HostOptions hosts = new HostOptions();

    @Mixin
    private RestartOptions restartOptions = new RestartOptions();

    TrainCommand(Shell shell, ConfigOptions options) {
        this.shell = shell;
        this.options = options;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        JobConfig config = options.read(spec.commandLine().getParseResult());
        hosts.check();
        restartOptions.check(hosts, config);
        Preflight.data(config);
        Preflight.model(config);
        Preflight.writable("checkpoint.path", config.getCheckpoint().getPath());
        Preflight.writable("train.output", config.getTrain().getOutput());
        Preflight.overwritable("train.trace", config.getTrain().getTrace());
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            String yaml = ConfigYaml.print(config);
            yaml.lines().forEach(screen::line);
            Restarts restarts = restartOptions.restarts(hosts);
            Finished finished =
                    new JobLauncher(shell, hosts, screen, true).run("training", config, WorkerTask.TRAIN, restarts);
            String output = config.getTrain().getOutput();
            if (!output.isEmpty()) {
                Files.writeString(Files.createDirectories(Path.of(output)).resolve("config.yaml"), yaml);
            }
            ResultTable results = Results.add(new ResultTable(), finished);
            if (restarts.done() > 0) {
                results.row("restarts", String.valueOf(restarts.done()));
            }
            String trace = config.getTrain().getTrace();
            if (!trace.isEmpty() && hosts.isFirstMachine()) {
                results.row("trace", trace);
            }
            shell.out().print(results.print());
            shell.out().print(finished.getProfile());
        }
        return 0;
    }
}
