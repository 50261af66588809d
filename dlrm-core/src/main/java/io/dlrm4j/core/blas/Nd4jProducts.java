package io.dlrm4j.core.blas;

import io.dlrm4j.core.memory.Floats;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Matrix products by `Nd4j.gemm`, on whatever BLAS the ND4J backend on the class path brings.
///
/// The arrays that ND4J wants are views of the caller's memory and are kept, so that a step of known sizes makes none;
/// ND4J itself leaves about 4 KB of garbage a call. Any thread may call.
public final class Nd4jProducts implements MatrixProducts {
    /// Enough for the layers of a model at several batch sizes; a view is about 1 KB.
    private static final int MOST_VIEWS = 4096;

    private final Map<View, INDArray> views = new ConcurrentHashMap<>();
    private final String backend;

    private record View(long address, int rows, int columns) {}

    /// Loads ND4J on first use.
    ///
    /// @throws ProductsUnavailableException when it has no backend for this machine, saying why
    public Nd4jProducts() {
        Nd4jLibrary.load();
        try {
            backend = Nd4j.getBackend().getClass().getSimpleName();
        } catch (RuntimeException | LinkageError e) {
            throw new ProductsUnavailableException("no ND4J backend: " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "Nd4j.gemm on " + backend;
    }

    @Override
    public void multiply(Form formA, Form formB, int m, int n, int k, Floats a, Floats b, Floats c, boolean add) {
        MatrixSizes.check(m, n, k, a, b, c);
        boolean transposeA = formA == Form.TRANSPOSE;
        boolean transposeB = formB == Form.TRANSPOSE;
        INDArray viewA = transposeA ? view(a, k, m) : view(a, m, k);
        INDArray viewB = transposeB ? view(b, n, k) : view(b, k, n);
        Nd4j.gemm(viewA, viewB, view(c, m, n), transposeA, transposeB, 1.0, add ? 1.0 : 0.0);
    }

    private INDArray view(Floats values, int rows, int columns) {
        View key = new View(values.segment().address(), rows, columns);
        INDArray known = views.get(key);
        if (known != null) {
            return known;
        }
        if (views.size() >= MOST_VIEWS) {
            views.clear();
        }
        INDArray made = Nd4jViews.of(values, rows, columns);
        views.put(key, made);
        return made;
    }
}
