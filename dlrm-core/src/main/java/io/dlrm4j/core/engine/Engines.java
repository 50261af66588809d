package io.dlrm4j.core.engine;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.TrainConfig;
import io.dlrm4j.core.engine.cpu.CpuEngine;
import io.dlrm4j.core.engine.nd4j.Nd4jEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/// The engines there are, by the names of `train.engine` and `--engine`: those of this module, and those that
/// other modules on the class path provide.
public final class Engines {
    private Engines() {}

    /// @return the names, in the order in which they are shown
    public static List<String> names() {
        List<String> names = new ArrayList<>(List.of("cpu", "nd4j"));
        for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
            names.add(provider.name());
        }
        return names;
    }

    /// @param config of the job: `train.engine`, `train.threads`, and the engine's own section
    /// @return a new engine
    /// @throws IllegalArgumentException for another name, listing those there are, for a number of threads that
    ///     the engine cannot have, and when this machine cannot run it
    public static Engine open(JobConfig config) {
        String name = config.getTrain().getEngine();
        int threads = config.getTrain().getThreads();
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
            default -> provided(name, config);
        };
    }

    /// @param name of an engine, which otherwise has its default configuration
    /// @param threads compute threads, the caller's included; only `cpu` may have several
    /// @return a new engine
    /// @throws IllegalArgumentException as [#open]
    public static Engine byName(String name, int threads) {
        return open(JobConfig.newBuilder()
                .setTrain(TrainConfig.newBuilder().setEngine(name).setThreads(threads))
                .build());
    }

    private static Engine provided(String name, JobConfig config) {
        for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
            if (provider.name().equals(name)) {
                return provider.create(config);
            }
        }
        throw new IllegalArgumentException("train.engine=%s, want %s".formatted(name, String.join(" or ", names())));
    }
}
