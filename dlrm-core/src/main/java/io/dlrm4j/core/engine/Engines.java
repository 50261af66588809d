package io.dlrm4j.core.engine;

import io.dlrm4j.core.engine.cpu.CpuEngine;
import io.dlrm4j.core.engine.nd4j.Nd4jEngine;

/// The engines there are, by the names of `train.engine` and `--engine`.
public final class Engines {
    private Engines() {}

    /// @param name `cpu` or `nd4j`
    /// @return a new engine
    /// @throws IllegalArgumentException for another name, listing those there are
    public static Engine byName(String name) {
        return switch (name) {
            case "cpu" -> new CpuEngine();
            case "nd4j" -> new Nd4jEngine();
            default -> throw new IllegalArgumentException("train.engine=%s, want cpu or nd4j".formatted(name));
        };
    }
}
