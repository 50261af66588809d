/// The program `dlrm`: its commands, one class each, and what they share.
///
/// Read [io.dlrm4j.launch.Main] first, then [io.dlrm4j.launch.TrainCommand]. A command reads its options, refuses what
/// cannot work before anything starts, and hands the work to worker processes (`process`) or, for data, to the loader.
/// The only package that knows picocli, and `Main` the only class that reads the environment, prints a stack trace or
/// ends the process. Proven by `BadUsageTest` in process and by `JobProcessIT` with real workers.
@NullMarked
package io.dlrm4j.launch;

import org.jspecify.annotations.NullMarked;
