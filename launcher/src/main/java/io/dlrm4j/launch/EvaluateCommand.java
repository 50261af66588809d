package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.launch.screen.Screen;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `dlrm evaluate`: how good a checkpoint's model is on prepared data.
@Command(name = "evaluate", description = "Measures a checkpoint's model on prepared data.", sortOptions = false)
final class EvaluateCommand implements Callable<Integer> {
    private final Shell shell;
    private final ConfigOptions options;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private HostOptions hosts = new HostOptions();

    EvaluateCommand(Shell shell, ConfigOptions options) {
        this.shell = shell;
        this.options = options;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        JobConfig config = options.read(spec.commandLine().getParseResult());
        hosts.check();
        Preflight.checkpoint(config);
        Preflight.data(config);
        Preflight.evaluation(config);
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            Finished finished =
                    new JobLauncher(shell, hosts, screen, true).run("evaluation", config, WorkerTask.EVALUATE);
            shell.out().print(Results.add(new ResultTable(), finished).print());
        }
        return 0;
    }
}
