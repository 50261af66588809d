package io.dlrm4j.launch;

import io.dlrm4j.trainer.checkpoint.CheckpointException;
import io.dlrm4j.trainer.checkpoint.CheckpointFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `dlrm checkpoint`: what is in a folder of checkpoints.
@Command(name = "checkpoint", description = "Lists checkpoints and verifies that they are whole.")
final class CheckpointCommand implements Callable<Integer> {
    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    CheckpointCommand(Shell shell) {
        this.shell = shell;
    }

    /// Without a subcommand: their list.
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return 0;
    }

    @Command(name = "list", description = "Lists the checkpoints of a folder, newest first.")
    int list(@Parameters(paramLabel = "DIR", description = "Folder of checkpoints.") Path folder) {
        newestFirst(folder).forEach(shell.out()::println);
        return 0;
    }

    @Command(
            name = "verify",
            description = "Reads every file of every checkpoint of a folder; exit code 1 if one is" + " damaged.")
    int verify(@Parameters(paramLabel = "DIR", description = "Folder of checkpoints.") Path folder) {
        int damaged = 0;
        for (Path checkpoint : newestFirst(folder)) {
            try {
                CheckpointFolder.verify(checkpoint);
                shell.out().println(checkpoint + "  whole");
            } catch (CheckpointException e) {
                damaged++;
                shell.out().println(checkpoint + "  damaged: " + e.getMessage());
            }
        }
        return damaged == 0 ? 0 : 1;
    }

    private static List<Path> newestFirst(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UsageException(folder + " is no folder, want one of checkpoints");
        }
        return new CheckpointFolder(folder).newestFirst();
    }
}
