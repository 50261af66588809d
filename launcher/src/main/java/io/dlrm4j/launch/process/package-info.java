/// Worker processes: starting them, hearing from them, ending them.
///
/// Read [io.dlrm4j.launch.process.WorkerGroup] first. Two threads a worker read its output; all they read goes through
/// one queue to the one thread that decides. Imports the report messages alone. What must never happen: a worker that
/// outlives its launcher, a launcher that waits for ever, a lost rank without a name. Proven by `WorkerGroupTest` with
/// real processes, by `StartupArchiveIT` with real archives, and by `JobProcessIT` and `ElasticIT`.
@NullMarked
package io.dlrm4j.launch.process;

import org.jspecify.annotations.NullMarked;
