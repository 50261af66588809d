package io.dlrm4j.launch;

import io.dlrm4j.core.config.CudaConfig;
import io.dlrm4j.core.config.JobConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the engine `cuda` takes from the environment of a rank: where toolkits and Python environments are,
/// and the rank's number among those of its host, which is its card.
final class CudaEnvironment {
    private static final List<String> FOLDERS = List.of("CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX");

    private CudaEnvironment() {}

    /// @param config as all ranks have it
    /// @param environment of this rank
    /// @return the same with this rank's card, and with the folders of its environment after those configured
    static JobConfig here(JobConfig config, Map<String, String> environment) {
        CudaConfig.Builder cuda = config.getCuda().toBuilder();
        List<String> path = new ArrayList<>();
        path.add(cuda.getPath());
        FOLDERS.forEach(name -> path.add(environment.getOrDefault(name, "")));
        path.removeIf(String::isBlank);
        cuda.setPath(String.join(":", path));
        String local = environment.getOrDefault("LOCAL_RANK", "0");
        if (cuda.getDevice() < 0 && local.matches("[0-9]{1,4}")) {
            cuda.setDevice(Integer.parseInt(local));
        }
        return config.toBuilder().setCuda(cuda).build();
    }
}
