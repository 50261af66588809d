package io.dlrm4j.cuda;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.cuda.api.CardModel;
import io.dlrm4j.cuda.api.CudaUnavailableException;
import io.dlrm4j.cuda.api.LibrarySearch;

/// Refuses the engine `nd4j` where ND4J's CUDA backend is on the class path (`-Pnd4j-cuda`) and the card is
/// none it has machine code for: its one published build holds code for compute capability 3.7 to 8.6 and
/// nothing newer cards could translate.
public final class Nd4jCudaCheck {
    private static final String BACKEND = "/org/nd4j/linalg/jcublas/JCublasBackend.class";
    private static final int OLDEST = 37;
    private static final int NEWEST = 86;

    private Nd4jCudaCheck() {}

    /// Must come before the first class of ND4J is touched.
    ///
    /// @param config of the job
    /// @throws CudaUnavailableException when the backend cannot run here, naming the engine that can
    public static void run(JobConfig config) {
        boolean backend = Nd4jCudaCheck.class.getResource(BACKEND) != null;
        if (config.getTrain().getEngine().equals("nd4j") && backend) {
            requireKnownCard(CardModel.of(
                    LibrarySearch.of(config.getCuda().getPath()),
                    Math.max(0, config.getCuda().getDevice())));
        }
    }

    static void requireKnownCard(CardModel card) {
        int capability = 10 * card.major() + card.minor();
        if (capability < OLDEST || capability > NEWEST) {
            throw new CudaUnavailableException(
                    "train.engine=nd4j: ND4J's CUDA backend runs on compute capability 3.7 to 8.6, card %s has %d.%d; use --engine %s"
                            .formatted(card.name(), card.major(), card.minor(), capability > NEWEST ? "cuda" : "cpu"));
        }
    }
}
