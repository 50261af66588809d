package io.dlrm4j.core.blas;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.nd4j.nativeblas.NativeOpsHolder;

/// ND4J's native library, loaded with the threads that [BlasEnvironment] wants.
///
/// ND4J reads `OMP_NUM_THREADS` from Java's copy of the environment, which the process's own `setenv` does not change,
/// and where it finds none it sets OpenMP to all cores for the thread that loads it. oneDNN shares that OpenMP: its
/// products would then run on a pool that spins between them, in every rank of the machine.
///
/// Its BLAS is OpenBLAS, or Intel's MKL where that is on the class path (the build profile `mkl`), unless
/// `-Dorg.bytedeco.openblas.load=…` names another.
public final class Nd4jLibrary {
    private static final String LIBRARY_OF_BLAS = "org.bytedeco.openblas.load";
    private static final String MKL = "org/bytedeco/mkl/linux-x86_64/libmkl_rt.so.2";

    private Nd4jLibrary() {}

    /// Loaded when this class is initialised, that is once.
    private static final class Loaded {
        static final String ENVIRONMENT = BlasEnvironment.prepare() + chooseBlas(Nd4jLibrary.class.getClassLoader());
        static final NativeOpsHolder NATIVE = ofBackend(Nd4j.getBackend());

        /// @param chosen ND4J must have chosen its backend, else the holder knows no library
        private static NativeOpsHolder ofBackend(Nd4jBackend chosen) {
            if (!chosen.isAvailable()) {
                throw new IllegalStateException("ND4J: backend %s cannot run here".formatted(chosen));
            }
            return NativeOpsHolder.getInstance();
        }
    }

    /// Must come before the first class of the BLAS is loaded, which reads the property.
    ///
    /// @param classPath where MKL is looked for
    /// @return what was chosen, to be appended to the log, or nothing
    static String chooseBlas(ClassLoader classPath) {
        if (System.getProperty(LIBRARY_OF_BLAS) == null && classPath.getResource(MKL) != null) {
            System.setProperty(LIBRARY_OF_BLAS, "mkl_rt");
            return ", products of ND4J by MKL";
        }
        return "";
    }

    /// Loads the library if it is not loaded, and sets OpenMP's threads for the calling thread.
    ///
    /// @return what [BlasEnvironment] set, for the log
    public static String load() {
        Loaded.NATIVE.getDeviceNativeOps().setOmpNumThreads(BlasEnvironment.threads());
        return Loaded.ENVIRONMENT;
    }
}
