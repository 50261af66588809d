package io.dlrm4j.cuda.api;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// One matrix product with its epilogue, its algorithm chosen once ([Algorithms]): `d = op(a) op(b)`, sums in
/// float.
public final class Product implements Work, AutoCloseable {
    private static final int TRANSPOSE_A = 3;
    private static final int TRANSPOSE_B = 4;
    private static final int EPILOGUE = 7;
    private static final int VECTOR = 8;
    private static final int MASK = 11;
    private static final int MASK_PITCH = 12;
    private static final int MAX_WORKSPACE = 1;
    /// A proposal: 64 bytes that describe the algorithm, its workspace, its status, and what is of no use here.
    private static final int PROPOSAL_BYTES = 96;
    private static final int ALGORITHM_BYTES = 64;
    private static final int STATUS_AT = 72;

    private final CublasLt blas;
    private final long handle;
    private final Operand a;
    private final Operand b;
    private final Matrix d;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment one;
    private final MemorySegment zero;
    private final MemorySegment proposals;
    private final long description;
    private final long layoutA;
    private final long layoutB;
    private final long layoutD;
    private MemorySegment algorithm;

    /// A factor.
    ///
    /// @param matrix as it lies
    /// @param transposed whether the product takes its transpose
    public record Operand(Matrix matrix, boolean transposed) {}

    /// How products are made: on which card, in which arithmetic.
    ///
    /// @param blas the library
    /// @param handle of [CublasLt#create]
    /// @param compute the arithmetic
    /// @param algorithms chooses among proposals
    /// @param stopwatch microseconds that something takes on the card when it is repeated
    public record Maker(
            CublasLt blas,
            long handle,
            CublasLt.Compute compute,
            Algorithms algorithms,
            ToDoubleFunction<Work> stopwatch) {}

    /// May run the product, on whatever its factors hold, to see which algorithm is the fastest: the result and
    /// what the epilogue writes are of no meaning afterwards.
    ///
    /// @param maker card and arithmetic
    /// @param a first factor
    /// @param b second factor
    /// @param d the result, overwritten
    /// @param epilogue what is done to it on the way
    /// @throws UnsupportedOperationException when the library has no algorithm for it
    public Product(Maker maker, Operand a, Operand b, Matrix d, Epilogue epilogue) {
        this.blas = maker.blas();
        this.handle = maker.handle();
        this.a = a;
        this.b = b;
        this.d = d;
        one = arena.allocateFrom(JAVA_FLOAT, 1f);
        zero = arena.allocateFrom(JAVA_FLOAT, 0f);
        proposals = arena.allocate((long) Algorithms.MOST * PROPOSAL_BYTES, Long.BYTES);
        algorithm = proposals;
        int compute = maker.compute().number();
        int scale = Matrix.Type.FLOAT.number();
        description = blas.getLong(
                "cublasLtMatmulDescCreate", out -> (int) blas.descriptionCreate.invokeExact(out, compute, scale));
        set(TRANSPOSE_A, a.transposed() ? 1 : 0);
        set(TRANSPOSE_B, b.transposed() ? 1 : 0);
        set(EPILOGUE, epilogue.kind().number());
        if (epilogue.vector() != 0) {
            set(VECTOR, epilogue.vector());
        }
        if (epilogue.mask() != 0) {
            set(MASK, epilogue.mask());
            set(MASK_PITCH, epilogue.maskPitch());
        }
        layoutA = layout(a.matrix());
        layoutB = layout(b.matrix());
        layoutD = layout(d);
        if (!findAlgorithm(maker, epilogue)) {
            close();
            throw new UnsupportedOperationException("cuBLASLt: no algorithm with epilogue " + epilogue.kind());
        }
    }

    private void set(int attribute, int value) {
        set(attribute, arena.allocateFrom(JAVA_INT, value));
    }

    private void set(int attribute, long value) {
        set(attribute, arena.allocateFrom(JAVA_LONG, value));
    }

    private void set(int attribute, MemorySegment value) {
        blas.check("cublasLtMatmulDescSetAttribute", () ->
                (int) blas.descriptionSet.invokeExact(description, attribute, value, value.byteSize()));
    }

    private long layout(Matrix matrix) {
        int type = matrix.type().number();
        return blas.getLong("cublasLtMatrixLayoutCreate", out ->
                (int) blas.layoutCreate.invokeExact(out, type, matrix.rows(), matrix.columns(), matrix.pitch()));
    }

    private boolean findAlgorithm(Maker maker, Epilogue epilogue) {
        List<byte[]> described = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        int found = askForProposals();
        for (int i = 0; i < found; i++) {
            MemorySegment proposal = proposal(i);
            if (proposal.get(JAVA_INT, STATUS_AT) == 0) {
                described.add(proposal.asSlice(0, ALGORITHM_BYTES).toArray(JAVA_BYTE));
                places.add(i);
            }
        }
        int chosen = maker.algorithms().choose(what(maker, epilogue), described, i -> time(maker, places.get(i)));
        if (chosen >= 0) {
            algorithm = proposal(places.get(chosen));
        }
        return chosen >= 0;
    }

    private MemorySegment proposal(int place) {
        return proposals.asSlice((long) place * PROPOSAL_BYTES, PROPOSAL_BYTES);
    }

    private double time(Maker maker, int place) {
        algorithm = proposal(place);
        try {
            return maker.stopwatch().applyAsDouble(this);
        } catch (CudaException doesNotRun) {
            return Double.POSITIVE_INFINITY;
        }
    }

    private String what(Maker maker, Epilogue epilogue) {
        return "%s %s %s %s = %s".formatted(maker.compute(), epilogue.kind(), what(a), what(b), what(d));
    }

    private static String what(Operand factor) {
        return what(factor.matrix()) + (factor.transposed() ? "T" : "");
    }

    /// All but the address: where a matrix lies in the card's memory matters as little as it differs.
    private static String what(Matrix matrix) {
        return "%s %dx%d/%d".formatted(matrix.type(), matrix.rows(), matrix.columns(), matrix.pitch());
    }

    /// @return how many there are, the library's favourite first
    private int askForProposals() {
        long preference =
                blas.getLong("cublasLtMatmulPreferenceCreate", out -> (int) blas.preferenceCreate.invokeExact(out));
        try {
            MemorySegment limit = arena.allocateFrom(JAVA_LONG, Lane.WORKSPACE);
            MemorySegment found = arena.allocateFrom(JAVA_INT, 0);
            blas.check("cublasLtMatmulPreferenceSetAttribute", () ->
                    (int) blas.preferenceSet.invokeExact(preference, MAX_WORKSPACE, limit, limit.byteSize()));
            int status = Status.status(() -> (int) blas.heuristic.invokeExact(
                    handle,
                    description,
                    layoutA,
                    layoutB,
                    layoutD,
                    layoutD,
                    preference,
                    Algorithms.MOST,
                    proposals,
                    found));
            if (status != CublasLt.NOT_SUPPORTED) {
                blas.require("cublasLtMatmulAlgoGetHeuristic", status);
            }
            return status == 0 ? found.get(JAVA_INT, 0) : 0;
        } finally {
            blas.check("cublasLtMatmulPreferenceDestroy", () -> (int) blas.preferenceDestroy.invokeExact(preference));
        }
    }

    @Override
    public void enqueue(Lane lane) {
        blas.check("cublasLtMatmul", () -> (int) blas.matmul.invokeExact(
                handle,
                description,
                one,
                a.matrix().address(),
                layoutA,
                b.matrix().address(),
                layoutB,
                zero,
                d.address(),
                layoutD,
                d.address(),
                layoutD,
                algorithm,
                lane.workspace(),
                Lane.WORKSPACE,
                lane.stream()));
    }

    @Override
    public void close() {
        for (long layout : new long[] {layoutA, layoutB, layoutD}) {
            blas.check("cublasLtMatrixLayoutDestroy", () -> (int) blas.layoutDestroy.invokeExact(layout));
        }
        blas.check("cublasLtMatmulDescDestroy", () -> (int) blas.descriptionDestroy.invokeExact(description));
        arena.close();
    }
}
