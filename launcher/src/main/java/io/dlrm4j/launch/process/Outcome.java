package io.dlrm4j.launch.process;

import io.dlrm4j.launch.report.Failed;

/// How a group of workers ended.
///
/// @param exitCode the exit code of the whole job: 0 done, 1 failed, 2 wrong usage, 3 lost rank
/// @param message one line naming the rank at fault; empty when done
/// @param lostRank the rank that was lost; -1: none, or not known
public record Outcome(int exitCode, String message, int lostRank) {
    /// All ranks did their work.
    public static final Outcome DONE = new Outcome(0, "", -1);

    private static final int LOST = 3;

    static Outcome failed(Failed.Kind kind, String message) {
        return new Outcome(kind == Failed.Kind.USAGE ? 2 : 1, message, -1);
    }

    static Outcome lost(String message, int rank) {
        return new Outcome(LOST, message, rank);
    }

    /// @return whether all ranks did their work
    public boolean isDone() {
        return exitCode == 0;
    }

    /// @return whether a rank went without saying why, so that another attempt may well succeed
    public boolean isLost() {
        return exitCode == LOST;
    }
}
