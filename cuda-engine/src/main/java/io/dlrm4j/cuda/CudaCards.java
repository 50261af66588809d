package io.dlrm4j.cuda;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.engine.Engine;
import io.dlrm4j.cuda.api.CudaException;
import io.dlrm4j.cuda.api.CudaUnavailableException;

/// Whether the engine `cuda` can run here, in one line.
public final class CudaCards {
    private CudaCards() {}

    /// @param config its section `cuda` says where to look
    /// @return card, driver and libraries, or why there are none; opens the engine and closes it again
    public static String describe(JobConfig config) {
        try (Engine engine = new CudaEngineProvider().create(config)) {
            return engine.description();
        } catch (CudaUnavailableException | CudaException e) {
            return "none, " + String.valueOf(e.getMessage()).replace("train.engine=cuda: ", "");
        }
    }
}
