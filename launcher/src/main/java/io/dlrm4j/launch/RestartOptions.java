package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import picocli.CommandLine.Option;

/// The options that say how a training goes on after a lost worker.
final class RestartOptions {
    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            description = "Restarts after a lost worker, from the newest whole checkpoint; default 0.")
    private int maxRestarts;

    @Option(
            names = "--min-workers",
            paramLabel = "N",
            description = "Fewest workers of a restart: one fewer after each attempt that got no step further;"
                    + " default --workers.")
    private int minWorkers;

    /// @throws UsageException when the values cannot be meant
    void check(HostOptions hosts, JobConfig config) {
        if (maxRestarts < 0) {
            throw new UsageException("--max-restarts=" + maxRestarts + ", want 0 or more");
        }
        if (minWorkers < 0 || minWorkers > hosts.workers()) {
            throw new UsageException("--min-workers=" + minWorkers + ", want 1 to --workers=" + hosts.workers());
        }
        if (maxRestarts == 0) {
            return;
        }
        if (config.getCheckpoint().getPath().isEmpty()) {
            throw new UsageException("--max-restarts=" + maxRestarts + " without --checkpoint, want a folder of"
                    + " checkpoints to restart from");
        }
        if (!hosts.isOneMachine()) {
            throw new UsageException("--max-restarts=" + maxRestarts + " with --machines: only the ranks of one machine"
                    + " are restarted; start all machines again with --resume");
        }
    }

    Restarts restarts(HostOptions hosts) {
        return new Restarts(maxRestarts, hosts.workers(), minWorkers == 0 ? hosts.workers() : minWorkers);
    }
}
