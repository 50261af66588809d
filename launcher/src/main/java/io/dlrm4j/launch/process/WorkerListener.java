package io.dlrm4j.launch.process;

import io.dlrm4j.launch.report.WorkerReport;

/// Hears a group of workers; called by the one thread that runs the group.
public interface WorkerListener {
    /// A rank reported.
    void reported(int rank, WorkerReport report);

    /// A rank wrote a line for people.
    void logged(int rank, String line);
}
