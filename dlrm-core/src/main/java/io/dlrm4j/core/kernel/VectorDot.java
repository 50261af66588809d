package io.dlrm4j.core.kernel;

import static jdk.incubator.vector.VectorOperators.ADD;

import io.dlrm4j.core.engine.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Inner products of short vectors and their derivative: the dot interaction with the Vector API.
///
/// Reads each feature vector where it lies; a sample's vectors stay in the first-level cache while all their products
/// are taken.
final class VectorDot {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private VectorDot() {}

    /// @return the inner product of `count` floats of `a` from `i` and of `b` from `j`
    static float dot(MemorySegment a, long i, MemorySegment b, long j, int count) {
        int whole = SPECIES.loopBound(count);
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int c = 0; c < whole; c += LANES) {
            sum = load(a, i + c).fma(load(b, j + c), sum);
        }
        if (whole < count) {
            VectorMask<Float> rest = SPECIES.indexInRange(whole, count);
            sum = load(a, i + whole, rest).fma(load(b, j + whole, rest), sum);
        }
        return sum.reduceLanes(ADD);
    }

    static void forward(Floats bottom, PooledVectors pooled, Floats out, int n, int dim, boolean itself) {
        MemorySegment v0 = bottom.segment();
        MemorySegment v = pooled.values().segment();
        int tables = pooled.tables();
        int own = itself ? 1 : 0;
        long to = 0;
        for (int s = 0; s < n; s++) {
            long row = (long) s * dim;
            MemorySegment.copy(v0, 4 * row, out.segment(), 4 * to, 4L * dim);
            to += dim;
            if (itself) {
                out.set(to++, dot(v0, row, v0, row, dim));
            }
            for (int i = 0; i < tables; i++) {
                long vi = pooled.offset(i) + (long) s * pooled.stride(i);
                out.set(to++, dot(v, vi, v0, row, dim));
                for (int j = 0; j < i + own; j++) {
                    out.set(to++, dot(v, vi, v, pooled.offset(j) + (long) s * pooled.stride(j), dim));
                }
            }
        }
    }

    static void backward(
            Floats bottom, PooledVectors pooled, Floats dOut, Floats dBottom, int n, int dim, boolean itself) {
        int tables = pooled.tables();
        int width = dim + Pairs.count(tables + 1, itself);
        MemorySegment d = dOut.segment();
        for (int s = 0; s < n; s++) {
            long row = (long) s * dim;
            long products = (long) s * width + dim;
            for (int c = 0; c < dim; c += LANES) {
                VectorMask<Float> mask = SPECIES.indexInRange(c, dim);
                FloatVector v0 = load(bottom.segment(), row + c, mask);
                FloatVector direct = load(d, (long) s * width + c, mask);
                sum(direct, v0, pooled, dOut, products, s, 0, c, itself, mask)
                        .intoMemorySegment(dBottom.segment(), 4 * (row + c), ORDER, mask);
                for (int i = 1; i <= tables; i++) {
                    long at = pooled.offset(i - 1) + (long) s * pooled.stride(i - 1) + c;
                    sum(FloatVector.zero(SPECIES), v0, pooled, dOut, products, s, i, c, itself, mask)
                            .intoMemorySegment(pooled.gradients().segment(), 4 * at, ORDER, mask);
                }
            }
        }
    }

    /// Adds up, for vector `i` of sample `s`, every other vector times the gradient of their product; lanes from `c`.
    private static FloatVector sum(
            FloatVector start,
            FloatVector v0,
            PooledVectors pooled,
            Floats dOut,
            long products,
            int s,
            int i,
            int c,
            boolean itself,
            VectorMask<Float> mask) {
        MemorySegment v = pooled.values().segment();
        FloatVector sum = start;
        if (i > 0 || itself) {
            float d0 = dOut.get(products + Pairs.index(i, 0, itself));
            sum = v0.fma(FloatVector.broadcast(SPECIES, i == 0 ? 2f * d0 : d0), sum);
        }
        for (int j = 1; j < i; j++) {
            sum = term(sum, v, pooled, s, j, c, dOut.get(products + Pairs.index(i, j, itself)), mask);
        }
        if (i > 0 && itself) {
            sum = term(sum, v, pooled, s, i, c, 2f * dOut.get(products + Pairs.index(i, i, true)), mask);
        }
        for (int j = i + 1; j <= pooled.tables(); j++) {
            sum = term(sum, v, pooled, s, j, c, dOut.get(products + Pairs.index(j, i, itself)), mask);
        }
        return sum;
    }

    private static FloatVector term(
            FloatVector sum,
            MemorySegment v,
            PooledVectors pooled,
            int s,
            int j,
            int c,
            float d,
            VectorMask<Float> mask) {
        long at = pooled.offset(j - 1) + (long) s * pooled.stride(j - 1) + c;
        return load(v, at, mask).fma(FloatVector.broadcast(SPECIES, d), sum);
    }

    private static FloatVector load(MemorySegment from, long index) {
        return FloatVector.fromMemorySegment(SPECIES, from, 4 * index, ORDER);
    }

    private static FloatVector load(MemorySegment from, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, from, 4 * index, ORDER, mask);
    }
}
