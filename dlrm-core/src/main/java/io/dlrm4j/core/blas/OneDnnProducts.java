package io.dlrm4j.core.blas;

import io.dlrm4j.core.memory.Floats;
import java.lang.invoke.MethodHandle;

/// Matrix products by oneDNN's `dnnl_sgemm`, called without JNI and without garbage. oneDNN compiles its kernels for
/// the processor it finds, so it needs no core type. Any thread may call.
public final class OneDnnProducts implements MatrixProducts {
    /// Loads the library on first use.
    ///
    /// @throws ProductsUnavailableException when there is none for this machine, saying why
    public OneDnnProducts() {
        if (OneDnnLibrary.SGEMM == null) {
            throw new ProductsUnavailableException(OneDnnLibrary.WHY_NOT);
        }
    }

    @Override
    public String name() {
        return "oneDNN";
    }

    @Override
    public void multiply(Form formA, Form formB, int m, int n, int k, Floats a, Floats b, Floats c, boolean add) {
        MatrixSizes.check(m, n, k, a, b, c);
        MethodHandle sgemm = OneDnnLibrary.SGEMM; // constant to the compiler
        if (sgemm == null) {
            throw new ProductsUnavailableException(OneDnnLibrary.WHY_NOT);
        }
        long rowA = formA == Form.KEEP ? k : m;
        long rowB = formB == Form.KEEP ? n : k;
        int status;
        try {
            status = (int) sgemm.invokeExact(
                    letter(formA),
                    letter(formB),
                    (long) m,
                    (long) n,
                    (long) k,
                    1f,
                    a.segment(),
                    rowA,
                    b.segment(),
                    rowB,
                    add ? 1f : 0f,
                    c.segment(),
                    (long) n);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("dnnl_sgemm", t);
        }
        if (status != 0) {
            throw new IllegalStateException(
                    "dnnl_sgemm of m=%d n=%d k=%d: status=%d, want 0".formatted(m, n, k, status));
        }
    }

    private static byte letter(Form form) {
        return (byte) (form == Form.KEEP ? 'N' : 'T');
    }
}
