package io.dlrm4j.launch;

import io.dlrm4j.launch.config.NearestName;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `dlrm help`: the options of a command, or the list of commands.
@Command(name = "help", description = "Prints the options of a command.")
final class HelpCommand implements Callable<Integer> {
    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command; without it all are listed.")
    private @Nullable String name;

    HelpCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        CommandLine root = Objects.requireNonNull(spec.parent()).commandLine();
        Map<String, CommandLine> commands = root.getSubcommands();
        CommandLine wanted = name == null ? root : commands.get(name);
        if (wanted == null) {
            String nearest = NearestName.of(String.valueOf(name), commands.keySet());
            throw new UsageException("unknown command " + name + NearestName.hint(nearest));
        }
        wanted.usage(shell.out());
        return 0;
    }
}
