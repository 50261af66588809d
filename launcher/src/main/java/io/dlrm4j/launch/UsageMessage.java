package io.dlrm4j.launch;

import io.dlrm4j.launch.config.NearestName;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// One line for each way in which a command line cannot be understood.
final class UsageMessage {
    private UsageMessage() {}

    static String of(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String advice = "; " + command.getCommandSpec().qualifiedName() + " --help lists the options";
        return switch (e) {
            case UnmatchedArgumentException unmatched ->
                unmatched(unmatched.getUnmatched().getFirst(), command, advice);
            case MissingParameterException missing -> missing(missing, advice);
            default -> other(e, advice);
        };
    }

    private static String unmatched(String argument, CommandLine command, String advice) {
        String word = argument.split("=", 2)[0];
        if (word.startsWith("-")) {
            List<String> options = command.getCommandSpec().options().stream()
                    .flatMap(option -> Stream.of(option.names()))
                    .filter(name -> name.startsWith("--"))
                    .toList();
            String nearest = NearestName.of(word, options);
            return "unknown option " + word + (nearest == null ? advice : NearestName.hint(nearest));
        }
        boolean isRoot = command.getParent() == null;
        String nearest = isRoot ? NearestName.of(word, command.getSubcommands().keySet()) : null;
        return isRoot
                ? "unknown command " + word
                        + (nearest == null ? advice.replace("options", "commands") : NearestName.hint(nearest))
                : "unexpected argument " + word + advice;
    }

    private static String missing(MissingParameterException e, String advice) {
        List<String> names =
                e.getMissing().stream().map(UsageMessage::name).distinct().toList();
        boolean isAbsent = e.getMessage() != null && e.getMessage().startsWith("Missing required option");
        return isAbsent
                ? "option " + String.join(", ", names) + " is missing" + advice
                : "option " + String.join(", ", names) + " has no value" + advice;
    }

    private static String other(ParameterException e, String advice) {
        ArgSpec argument = e.getArgSpec();
        if (argument != null && e.getValue() != null) {
            return name(argument) + "=" + e.getValue() + ", want " + wanted(argument);
        }
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1) + advice;
    }

    private static String wanted(ArgSpec argument) {
        Class<?> type = argument.type();
        return type == int.class || type == long.class
                ? "a whole number"
                : "a " + type.getSimpleName().toLowerCase(Locale.ROOT);
    }

    private static String name(@Nullable ArgSpec argument) {
        return switch (argument) {
            case OptionSpec option -> option.longestName();
            case null -> "";
            default -> argument.paramLabel();
        };
    }
}
