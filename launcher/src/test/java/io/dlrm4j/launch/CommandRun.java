package io.dlrm4j.launch;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/// A command run in this process.
///
/// @param exitCode what the program would end with
/// @param out standard output
/// @param err standard error
record CommandRun(int exitCode, String out, String err) {
    static CommandRun of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Shell shell = new Shell(
                new ByteArrayInputStream(new byte[0]),
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                code -> {
                    throw new IllegalStateException("halt(" + code + ") in a test");
                },
                false);
        int exitCode = Dlrm.run(shell, args);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }
}
