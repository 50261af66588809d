package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// The functions of cuBLASLt; [Product] is what they are used for.
public final class CublasLt extends Status {
    /// How a product multiplies, by cuBLASLt's numbers.
    public enum Compute {
        /// In float.
        FLOAT(68),
        /// In TF32 on the matrix units: 10 bits of mantissa, sums in float.
        TF32(77);

        private final int number;

        Compute(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    static final int NOT_SUPPORTED = 15;

    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle version;
    final MethodHandle descriptionCreate;
    final MethodHandle descriptionSet;
    final MethodHandle descriptionDestroy;
    final MethodHandle layoutCreate;
    final MethodHandle layoutDestroy;
    final MethodHandle preferenceCreate;
    final MethodHandle preferenceSet;
    final MethodHandle preferenceDestroy;
    final MethodHandle heuristic;
    final MethodHandle matmul;

    /// @throws CudaUnavailableException when it is not on this machine
    CublasLt(LibrarySearch search) {
        NativeLibrary library = NativeLibrary.open(
                search, "cublasLt", List.of("13", "12"), "install the CUDA toolkit, or the Python wheels of CUDA");
        create = library.function("cublasLtCreate", ADDRESS);
        destroy = library.function("cublasLtDestroy", JAVA_LONG);
        version = library.function("cublasLtGetVersion", FunctionDescriptor.of(JAVA_LONG));
        descriptionCreate = library.function("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT);
        descriptionSet = library.function("cublasLtMatmulDescSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        descriptionDestroy = library.function("cublasLtMatmulDescDestroy", JAVA_LONG);
        layoutCreate =
                library.function("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        layoutDestroy = library.function("cublasLtMatrixLayoutDestroy", JAVA_LONG);
        preferenceCreate = library.function("cublasLtMatmulPreferenceCreate", ADDRESS);
        preferenceSet =
                library.function("cublasLtMatmulPreferenceSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        preferenceDestroy = library.function("cublasLtMatmulPreferenceDestroy", JAVA_LONG);
        heuristic = library.function(
                "cublasLtMatmulAlgoGetHeuristic",
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                ADDRESS,
                ADDRESS);
        matmul = library.function(
                "cublasLtMatmul",
                JAVA_LONG,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG);
    }

    @Override
    String meaning(int status) {
        String text = switch (status) {
            case 1 -> "not initialised";
            case 3 -> "allocation failed";
            case 7 -> "invalid value";
            case 8 -> "architecture mismatch";
            case 13 -> "execution failed";
            case 14 -> "internal error";
            case NOT_SUPPORTED -> "not supported";
            default -> "status";
        };
        return "%s (%d)".formatted(text, status);
    }

    /// @return as 130000 for 13.0
    public long version() {
        try {
            return (long) version.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("cublasLtGetVersion", t);
        }
    }

    /// @return a handle on the card whose context is current, until [#destroy]
    public long create() {
        return getLong("cublasLtCreate", out -> (int) create.invokeExact(out));
    }

    /// Ends a handle.
    public void destroy(long handle) {
        check("cublasLtDestroy", () -> (int) destroy.invokeExact(handle));
    }
}
