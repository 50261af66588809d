package io.dlrm4j.core.engine;

import io.dlrm4j.core.engine.cpu.CpuEngine;
import io.dlrm4j.core.engine.nd4j.Nd4jEngine;

/// The engines there are, by the names of `train.engine` and `--engine`.
public final class Engines {
    private Engines() {}

    /// @param name `cpu` or `nd4j`
    /// @param threads compute threads, the caller's included; `nd4j` knows one
    /// @return a new engine
    /// @throws IllegalArgumentException for another name, listing those there are, or a number of threads that it
    ///     cannot have
    public static Engine byName(String name, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("train.threads=%d, want 1 or more".formatted(threads));
        }
        if (threads > 1 && !name.equals("cpu")) {
            throw new IllegalArgumentException(
                    "train.threads=%d with train.engine=%s, want 1, or the engine cpu".formatted(threads, name));
        }
        return switch (name) {
            case "cpu" -> new CpuEngine(threads);
            case "nd4j" -> new Nd4jEngine();
            default -> throw new IllegalArgumentException("train.engine=%s, want cpu or nd4j".formatted(name));
        };
    }
}
