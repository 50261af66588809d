package io.dlrm4j.launch;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Map;
import java.util.function.IntConsumer;

/// What surrounds the program; in tests buffers and a made-up environment.
///
/// @param in standard input
/// @param out for results
/// @param err for progress, logs and the one line of an error
/// @param environment the environment variables
/// @param halt ends the process at once with an exit code, without any clean-up
/// @param debug whether stack traces are wanted
record Shell(
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        Map<String, String> environment,
        IntConsumer halt,
        boolean debug) {
    Shell {
        environment = Map.copyOf(environment);
    }

    /// @return whether `err` is shown on a terminal, as `bin/dlrm` found
    boolean isTerminal() {
        return "1".equals(environment.get("DLRM_TERMINAL"));
    }
}
