/// What a person sees: one progress line, log lines above it, one results table.
///
/// Read [io.dlrm4j.launch.screen.Screen] first. Imports nothing of the project, and logback. Progress and logs go to
/// standard error, results to standard output. Proven by `ScreenTest` and `StandardErrorLogTest`.
@NullMarked
package io.dlrm4j.launch.screen;

import org.jspecify.annotations.NullMarked;
