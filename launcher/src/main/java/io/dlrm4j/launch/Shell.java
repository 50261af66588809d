package io.dlrm4j.launch;

import java.io.PrintWriter;
import java.util.Map;

/// What surrounds the program; in tests two buffers and a made-up environment.
///
/// @param out for results
/// @param err for progress, logs and the one line of an error
/// @param environment the environment variables
record Shell(PrintWriter out, PrintWriter err, Map<String, String> environment) {
    Shell {
        environment = Map.copyOf(environment);
    }

    /// @return whether `err` is shown on a terminal, as `bin/dlrm` found
    boolean isTerminal() {
        return "1".equals(environment.get("DLRM_TERMINAL"));
    }
}
