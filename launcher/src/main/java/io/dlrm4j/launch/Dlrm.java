package io.dlrm4j.launch;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// All commands by name.
@Command(
        name = "dlrm",
        description = "Trains deep learning recommendation models on the JVM.",
        version = "dlrm4j 0.1.0",
        synopsisHeading = "",
        customSynopsis = "usage: dlrm COMMAND [OPTIONS]",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = "%ndlrm COMMAND --help lists a command's options.")
final class Dlrm implements Callable<Integer> {
    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Print the version.")
    private boolean version;

    private Dlrm(Shell shell) {
        this.shell = shell;
    }

    static CommandLine commandLine(Shell shell) {
        CommandLine commandLine = new CommandLine(new Dlrm(shell))
                .addSubcommand(new QuickstartCommand(shell))
                .addSubcommand(new PrepareCommand(shell))
                .addSubcommand(new GenerateCommand(shell))
                .addSubcommand(new TrainCommand(shell))
                .addSubcommand(new EvaluateCommand(shell))
                .addSubcommand(new ScoreCommand(shell))
                .addSubcommand(new CheckpointCommand(shell))
                .addSubcommand(new DoctorCommand(shell))
                .addSubcommand(new WorkerCommand(shell))
                .addSubcommand(new HelpCommand());
        commandLine.setOut(shell.out());
        commandLine.setErr(shell.err());
        commandLine.setAbbreviatedOptionsAllowed(false);
        commandLine.setExpandAtFiles(false);
        return commandLine;
    }

    /// Without a command: the list of commands.
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return 0;
    }
}
