package io.dlrm4j.core.engine;

import io.dlrm4j.core.config.JobConfig;

/// Makes an engine that lives in a module of its own; found by [java.util.ServiceLoader], so that this module
/// need not know it.
public interface EngineProvider {
    /// @return the name by which the engine is chosen
    String name();

    /// @param config of the job; an engine reads its own section
    /// @return a new engine
    /// @throws IllegalArgumentException when this machine cannot run it, saying what is missing
    Engine create(JobConfig config);
}
