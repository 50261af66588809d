package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// One rank of a job, for programs other than the launcher that start ranks.
///
/// The environment says which rank, with torchrun's names: `RANK`, `WORLD_SIZE`, `MASTER_ADDR`, `MASTER_PORT`; and with
/// this project's own: `DLRM_TOKEN_FILE`, `DLRM_AERON_DIR`. Every rank must be given the same configuration.
@Command(name = "worker", hidden = true, description = "Runs one rank of a job.")
final class WorkerCommand implements Callable<Integer> {
    private final Shell shell;
    private final ConfigOptions options;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "TASK", description = "train, evaluate or score.")
    private WorkerTask.Kind task = WorkerTask.Kind.train;

    @Option(names = "--scores", paramLabel = "FILE", description = "File of scores.")
    private @Nullable Path scores;

    @Option(names = "--hidden", description = "Scores get the hidden layer's activations too.")
    private boolean hidden;

    WorkerCommand(Shell shell, ConfigOptions options) {
        this.shell = shell;
        this.options = options;
    }

    @Override
    public Integer call() {
        JobConfig config = options.read(spec.commandLine().getParseResult());
        return new RankRun(shell, config, new WorkerTask(task, scores, hidden)).run();
    }
}
