package io.dlrm4j.launch.process;

import io.dlrm4j.launch.report.Failed;

/// How a group of workers ended.
///
/// @param exitCode the exit code of the whole job: 0 done, 1 failed, 2 wrong usage, 3 lost rank
/// @param message one line naming the rank at fault; empty when done
public record Outcome(int exitCode, String message) {
    /// All ranks did their work.
    public static final Outcome DONE = new Outcome(0, "");

    /// @return whether all ranks did their work
    public boolean isDone() {
        return exitCode == 0;
    }

    static int exitCode(Failed.Kind kind) {
        return switch (kind) {
            case FAILED -> 1;
            case USAGE -> 2;
            case LOST -> 3;
        };
    }
}
