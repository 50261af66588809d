package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// One rank of a job. `dlrm train` starts it; other programs that start ranks may as well.
///
/// The environment says which rank, with torchrun's names: `RANK`, `WORLD_SIZE`, `MASTER_ADDR`, `MASTER_PORT`; and with
/// this project's own: `DLRM_TOKEN_FILE`, `DLRM_AERON_DIR`. Every rank must be given the same configuration.
@Command(name = "worker", hidden = true, description = "Runs one rank of a job; dlrm train starts it.")
final class WorkerCommand implements Callable<Integer> {
    private final Shell shell;
    private final ConfigOptions options;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "TASK", description = "train, evaluate or score.")
    private WorkerTask.Kind task = WorkerTask.Kind.train;

    @Option(names = "--job", paramLabel = "FILE", description = "The serialized configuration, instead of options.")
    private @Nullable Path job;

    @Option(names = "--scores", paramLabel = "FILE", description = "File of scores.")
    private @Nullable Path scores;

    WorkerCommand(Shell shell, ConfigOptions options) {
        this.shell = shell;
        this.options = options;
    }

    @Override
    public Integer call() throws IOException {
        if ("1".equals(shell.environment().get("DLRM_SUPERVISED"))) {
            LauncherWatch.start(shell.in(), () -> shell.halt().accept(3));
        }
        // Standard output carries reports alone; what a library prints is log text.
        System.setOut(System.err);
        JobConfig config = job == null
                ? options.read(spec.commandLine().getParseResult())
                : JobConfig.parseFrom(Files.readAllBytes(job));
        return new RankRun(shell, config, new WorkerTask(task, scores)).run();
    }
}
