/// The configuration of a job: YAML and options in, one checked `JobConfig` out, and back to YAML.
///
/// Read [io.dlrm4j.launch.config.ConfigBuilder] first. Keys, types and defaults come from the descriptor of the
/// protobuf message alone, so a new field needs no code here but a range in `ConfigChecks`. Imports nothing of the
/// project but the generated message; knows nothing of the command line. Proven by `ConfigBuilderTest`,
/// `ConfigRefusalsTest` and `ConfigBuilderTest`.
@NullMarked
package io.dlrm4j.launch.config;

import org.jspecify.annotations.NullMarked;
