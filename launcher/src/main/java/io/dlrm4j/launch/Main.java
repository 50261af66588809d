package io.dlrm4j.launch;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// The program `dlrm`: runs one command, or one rank that a launcher started, and ends with its exit code.
///
/// ```
/// 0 done    1 failed    2 wrong usage, nothing was started or written    3 a rank was lost
/// 130, 143 ended by SIGINT, SIGTERM
/// ```
public final class Main {
    private static final String DEBUG = "--debug";

    private Main() {}

    /// @param args the command and its options
    public static void main(String[] args) {
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        List<String> words =
                Arrays.stream(args).filter(arg -> !arg.equals(DEBUG)).toList();
        boolean debug = words.size() < args.length;
        Shell shell = new Shell(
                System.in,
                out,
                err,
                System.getenv(),
                code -> Runtime.getRuntime().halt(code),
                debug);
        boolean isRank = !words.isEmpty() && words.getFirst().equals(LaunchedRank.WORD);
        int exitCode = isRank ? LaunchedRank.run(shell, words) : Dlrm.run(shell, words.toArray(String[]::new));
        out.flush();
        err.flush();
        System.exit(exitCode);
    }

    private static PrintWriter writer(FileDescriptor stream) {
        return new PrintWriter(new FileOutputStream(stream), true, StandardCharsets.UTF_8);
    }

    /// An exception of this project says it all; of another only its name helps.
    static String message(Exception e, boolean debug) {
        boolean ours = e.getClass().getName().startsWith("io.dlrm4j.")
                || e instanceof IllegalArgumentException
                || e instanceof java.io.UncheckedIOException;
        String text = ours && e.getMessage() != null ? e.getMessage() : e.toString();
        String line = text.lines().findFirst().orElse("");
        return ours || debug ? line : line + " (" + DEBUG + " shows where)";
    }
}
