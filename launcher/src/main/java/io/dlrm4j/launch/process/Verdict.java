package io.dlrm4j.launch.process;

import io.dlrm4j.launch.report.Failed;
import io.dlrm4j.launch.report.WorkerReport;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides what ended a job from all that was heard, best knowledge first: what a rank said of itself, a process seen
/// to die, what ranks said of others.
final class Verdict {
    private static final int SIGNAL_BASE = 128;
    private static final int OUT_OF_HEAP = 3;

    private final Set<Integer> failedRanks = new HashSet<>();
    private final Set<Integer> stoppedRanks = new HashSet<>();
    private @Nullable Outcome ownFailure;
    private @Nullable Outcome seenDeath;
    private @Nullable Outcome hearsay;

    void reported(int rank, WorkerReport report) {
        if (report.getFinished().getStopped()) {
            stoppedRanks.add(rank);
        }
        if (!report.hasFailed()) {
            return;
        }
        Failed failed = report.getFailed();
        failedRanks.add(rank);
        if (failed.getKind() != Failed.Kind.LOST) {
            ownFailure = ownFailure == null ? Outcome.failed(failed.getKind(), message(rank, failed)) : ownFailure;
        } else if (hearsay == null) {
            hearsay = Outcome.lost(message(rank, failed), failed.hasLostRank() ? failed.getLostRank() : -1);
        }
    }

    /// A usage mistake concerns the job, not the rank that found it.
    private static String message(int rank, Failed failed) {
        return failed.getKind() == Failed.Kind.USAGE
                ? failed.getMessage()
                : "rank " + rank + ": " + failed.getMessage();
    }

    /// @param ended by the launcher itself, so that the exit code tells nothing
    void ended(int rank, long pid, int exitCode, boolean ended) {
        if (exitCode == 0 || ended || failedRanks.contains(rank) || seenDeath != null) {
            return;
        }
        if (exitCode > SIGNAL_BASE && stoppedRanks.contains(rank)) {
            return; // a signal asked it to stop, and it did; its exit code tells of the signal
        }
        seenDeath = Outcome.lost("rank " + rank + " (pid " + pid + ") was lost: " + cause(exitCode), rank);
    }

    private static String cause(int exitCode) {
        if (exitCode == SIGNAL_BASE + 9) {
            return "killed by signal 9 (by hand, or by the system for want of memory)";
        }
        if (exitCode > SIGNAL_BASE) {
            return "ended by signal " + (exitCode - SIGNAL_BASE);
        }
        if (exitCode == OUT_OF_HEAP) {
            return "ended by itself, most likely out of Java heap; DLRM_JAVA_OPTS=-Xmx4g gives more";
        }
        return "ended with exit code " + exitCode + " without a report";
    }

    boolean isFailure() {
        return ownFailure != null || seenDeath != null || hearsay != null;
    }

    Outcome outcome() {
        if (ownFailure != null) {
            return ownFailure;
        }
        if (seenDeath != null) {
            return seenDeath;
        }
        return hearsay != null ? hearsay : Outcome.DONE;
    }
}
