package io.dlrm4j.launch;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.launch.config.ConfigException;
import io.dlrm4j.trainer.checkpoint.ManifestFile;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// All commands by name.
@Command(
        name = "dlrm",
        description = "Trains deep learning recommendation models on the JVM.",
        version = ManifestFile.WRITER,
        customSynopsis = "usage: dlrm COMMAND [OPTIONS]",
        synopsisHeading = "",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "dlrm COMMAND --help lists a command's options.",
            "exit codes: 0 done, 1 failed, 2 wrong usage, 3 a rank was lost,",
            "130 and 143 ended by SIGINT and SIGTERM, a training with --checkpoint after a last checkpoint"
        })
@SuppressWarnings("UnusedVariable") // picocli reads the options --help and --version itself, Main reads --debug
final class Dlrm implements Callable<Integer> {
    private final Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Prints the options and ends.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Prints the version and ends.")
    private boolean version;

    @Option(
            names = "--debug",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Shows the stack trace of what failed.")
    private boolean debug;

    private Dlrm(Shell shell) {
        this.shell = shell;
    }

    /// Runs one command in this process.
    ///
    /// @return the exit code
    static int run(Shell shell, String... args) {
        CommandLine commandLine = commandLine(shell);
        commandLine.setParameterExceptionHandler((e, _) -> {
            shell.err().println("dlrm: " + UsageMessage.of(e));
            return 2;
        });
        commandLine.setExecutionExceptionHandler((e, _, _) -> {
            if (shell.debug()) {
                e.printStackTrace(shell.err());
            }
            shell.err().println("dlrm: " + Main.message(e, shell.debug()));
            return exitCode(e);
        });
        return commandLine.execute(args);
    }

    private static int exitCode(Exception e) {
        return switch (e) {
            case UsageException _, ConfigException _ -> 2;
            case FailedException failed -> failed.exitCode();
            case CommException comm when comm.lostRank() >= 0 -> 3;
            default -> 1;
        };
    }

    private static CommandLine commandLine(Shell shell) {
        CommandLine commandLine = new CommandLine(new Dlrm(shell))
                .addSubcommand(new QuickstartCommand(shell))
                .addSubcommand(new PrepareCommand(shell))
                .addSubcommand(new GenerateCommand(shell))
                .addSubcommand(configured(ConfigOptions.forTraining(), options -> new TrainCommand(shell, options)))
                .addSubcommand(configured(ConfigOptions.forModel(), options -> new EvaluateCommand(shell, options)))
                .addSubcommand(configured(ConfigOptions.forModel(), options -> new ScoreCommand(shell, options)))
                .addSubcommand(new ChurnCommand(shell))
                .addSubcommand(new CheckpointCommand(shell))
                .addSubcommand(new CommandLine(new RandomEffectsCommand(shell))
                        .addSubcommand(new UpdateCommand(shell))
                        .addSubcommand(new StoreCommand(shell))
                        .addSubcommand(new EvaluatePolicyCommand(shell)))
                .addSubcommand(configured(ConfigOptions.forTraining(), options -> new PlanCommand(shell, options)))
                .addSubcommand(new DoctorCommand(shell))
                .addSubcommand(configured(ConfigOptions.forTraining(), options -> new WorkerCommand(shell, options)))
                .addSubcommand(new HelpCommand(shell));
        commandLine.setOut(shell.out());
        commandLine.setErr(shell.err());
        commandLine.setExpandAtFiles(false);
        commandLine.setUsageHelpAutoWidth(true);
        return commandLine;
    }

    private static CommandLine configured(ConfigOptions options, Function<ConfigOptions, Object> command) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(command.apply(options));
        options.addTo(spec);
        return new CommandLine(spec);
    }

    /// Without a command: the list of commands.
    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return 0;
    }
}
