package io.dlrm4j.core.blas;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.nd4j.nativeblas.NativeOpsHolder;

/// ND4J's native library, loaded with the threads that [BlasEnvironment] wants.
///
/// ND4J reads `OMP_NUM_THREADS` from Java's copy of the environment, which the process's own `setenv` does not change,
/// and where it finds none it sets OpenMP to all cores for the thread that loads it. oneDNN shares that OpenMP: its
/// products would then run on a pool that spins between them, in every rank of the machine.
public final class Nd4jLibrary {
    private Nd4jLibrary() {}

    /// Loaded when this class is initialised, that is once.
    private static final class Loaded {
        static final String ENVIRONMENT = BlasEnvironment.prepare();
        static final NativeOpsHolder NATIVE = ofBackend(Nd4j.getBackend());

        /// @param chosen ND4J must have chosen its backend, else the holder knows no library
        private static NativeOpsHolder ofBackend(Nd4jBackend chosen) {
            if (!chosen.isAvailable()) {
                throw new IllegalStateException("ND4J: backend %s cannot run here".formatted(chosen));
            }
            return NativeOpsHolder.getInstance();
        }
    }

    /// Loads the library if it is not loaded, and sets OpenMP's threads for the calling thread.
    ///
    /// @return what [BlasEnvironment] set, for the log
    public static String load() {
        Loaded.NATIVE.getDeviceNativeOps().setOmpNumThreads(BlasEnvironment.threads());
        return Loaded.ENVIRONMENT;
    }
}
