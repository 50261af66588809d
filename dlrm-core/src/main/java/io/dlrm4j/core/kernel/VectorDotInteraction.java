package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static jdk.incubator.vector.VectorOperators.ADD;

import io.dlrm4j.core.engine.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The dot interaction with the Vector API.
///
/// Each sample's vectors are brought together in one small array, every row filled up with zeros to whole vectors, and
/// stay in the first-level cache while all their products are taken. No vector crosses a method's border: one that
/// does and is not inlined is allocated.
final class VectorDotInteraction implements DotInteraction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /// Rows of the gradient computed at once: as many sums as keep the adders busy.
    private static final int BLOCK = 4;

    private final int features;
    private final int dim;
    private final boolean itself;
    /// Floats from one row of `rows` to the next: `dim` rounded up to whole vectors.
    private final int stride;
    /// The vectors of one sample, `[features, stride]`.
    private final float[] rows;
    /// One row of the output or of its gradient, `[width]`.
    private final float[] out;
    /// Gradient by the product of vectors i and j, `[features, features]`, then zeros up to a whole block.
    private final float[] slopes;
    /// Gradients by the vectors, `[features, stride]`, then room up to a whole block.
    private final float[] dRows;

    VectorDotInteraction(int tables, int dim, boolean itself) {
        this.features = tables + 1;
        this.dim = dim;
        this.itself = itself;
        this.stride = (dim + LANES - 1) / LANES * LANES;
        this.rows = new float[features * stride];
        this.out = new float[dim + Pairs.count(features, itself)];
        int blocks = (features + BLOCK - 1) / BLOCK;
        this.slopes = new float[blocks * BLOCK * features];
        this.dRows = new float[blocks * BLOCK * stride];
    }

    @Override
    public void forward(Floats bottom, PooledVectors pooled, Floats output, int n) {
        int width = dim + Pairs.count(features, itself);
        for (int s = 0; s < n; s++) {
            gather(bottom, pooled, s);
            System.arraycopy(rows, 0, out, 0, dim);
            if (stride == LANES) {
                multiplyShort();
            } else {
                multiplyLong();
            }
            MemorySegment.copy(out, 0, output.segment(), JAVA_FLOAT_UNALIGNED, 4L * s * width, width);
        }
    }

    private void gather(Floats bottom, PooledVectors pooled, int s) {
        gather(bottom.segment(), (long) s * dim, 0);
        MemorySegment values = pooled.values().segment();
        for (int t = 0; t < pooled.tables(); t++) {
            gather(values, pooled.offset(t) + (long) s * pooled.stride(t), (t + 1) * stride);
        }
    }

    private void gather(MemorySegment from, long at, int to) {
        if (dim != stride) {
            MemorySegment.copy(from, JAVA_FLOAT_UNALIGNED, 4 * at, rows, to, dim);
            return;
        }
        for (int c = 0; c < dim; c += LANES) {
            FloatVector.fromMemorySegment(SPECIES, from, 4 * (at + c), ORDER).intoArray(rows, to + c);
        }
    }

    /// All products of rows that are one vector long.
    private void multiplyShort() {
        int to = dim;
        int own = itself ? 1 : 0;
        for (int i = 0; i < features; i++) {
            FloatVector vi = FloatVector.fromArray(SPECIES, rows, i * LANES);
            for (int j = 0; j < i + own; j++) {
                out[to + j] =
                        vi.mul(FloatVector.fromArray(SPECIES, rows, j * LANES)).reduceLanes(ADD);
            }
            to += i + own;
        }
    }

    /// All products of longer rows.
    private void multiplyLong() {
        int to = dim;
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < (itself ? i + 1 : i); j++) {
                FloatVector sum = FloatVector.zero(SPECIES);
                for (int c = 0; c < stride; c += LANES) {
                    sum = FloatVector.fromArray(SPECIES, rows, i * stride + c)
                            .fma(FloatVector.fromArray(SPECIES, rows, j * stride + c), sum);
                }
                out[to++] = sum.reduceLanes(ADD);
            }
        }
    }

    @Override
    public void backward(Floats bottom, PooledVectors pooled, Floats dOut, Floats dBottom, int n) {
        int width = dim + Pairs.count(features, itself);
        MemorySegment dPooled = pooled.gradients().segment();
        for (int s = 0; s < n; s++) {
            gather(bottom, pooled, s);
            MemorySegment.copy(dOut.segment(), JAVA_FLOAT_UNALIGNED, 4L * s * width, out, 0, width);
            unfold();
            differentiate();
            for (int c = 0; c < dim; c++) {
                dRows[c] += out[c];
            }
            scatter(0, dBottom.segment(), (long) s * dim);
            for (int t = 0; t < pooled.tables(); t++) {
                scatter((t + 1) * stride, dPooled, pooled.offset(t) + (long) s * pooled.stride(t));
            }
        }
    }

    /// Writes the products' gradients as a symmetric matrix; the derivative of a square counts twice.
    private void unfold() {
        int from = dim;
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < i; j++) {
                float d = out[from + j];
                slopes[i * features + j] = d;
                slopes[j * features + i] = d;
            }
            from += i;
            if (itself) {
                slopes[i * features + i] = 2f * out[from++];
            }
        }
    }

    /// Multiplies the symmetric matrix and the rows, a block of rows of the result at a time.
    private void differentiate() {
        for (int i = 0; i < features; i += BLOCK) {
            int g = i * features;
            for (int c = 0; c < stride; c += LANES) {
                FloatVector d0 = FloatVector.zero(SPECIES);
                FloatVector d1 = d0;
                FloatVector d2 = d0;
                FloatVector d3 = d0;
                for (int j = 0; j < features; j++) {
                    FloatVector vj = FloatVector.fromArray(SPECIES, rows, j * stride + c);
                    d0 = vj.fma(FloatVector.broadcast(SPECIES, slopes[g + j]), d0);
                    d1 = vj.fma(FloatVector.broadcast(SPECIES, slopes[g + features + j]), d1);
                    d2 = vj.fma(FloatVector.broadcast(SPECIES, slopes[g + 2 * features + j]), d2);
                    d3 = vj.fma(FloatVector.broadcast(SPECIES, slopes[g + 3 * features + j]), d3);
                }
                d0.intoArray(dRows, i * stride + c);
                d1.intoArray(dRows, (i + 1) * stride + c);
                d2.intoArray(dRows, (i + 2) * stride + c);
                d3.intoArray(dRows, (i + 3) * stride + c);
            }
        }
    }

    private void scatter(int from, MemorySegment to, long at) {
        if (dim != stride) {
            MemorySegment.copy(dRows, from, to, JAVA_FLOAT_UNALIGNED, 4 * at, dim);
            return;
        }
        for (int c = 0; c < dim; c += LANES) {
            FloatVector.fromArray(SPECIES, dRows, from + c).intoMemorySegment(to, 4 * (at + c), ORDER);
        }
    }
}
