package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The dot interaction with the Vector API. Each sample's vectors are brought together in one small array R, one a row,
/// and stay in the first-level cache: forward takes the inner product of each pair of rows, backward is `dR = S R`,
/// with
/// the gradients by the products as a symmetric matrix S.
///
/// Inner products are summed in eight lanes on every processor and folded by hand: `reduceLanes` leaves the order open,
/// so that interpreted and compiled code, and with them two runs, could differ in the last bit. No vector crosses a
/// method's border: one that does and is not inlined is allocated.
final class VectorDotInteraction implements DotInteraction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(EIGHT, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(EIGHT, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(EIGHT, 1, 1, true);
    /// Rows of a result computed at once: as many sums as keep the adders busy.
    private static final int BLOCK = 4;

    private final int features;
    private final int dim;
    /// 1 where each vector also meets itself, else 0.
    private final int own;
    private final int width;
    /// `dim`, rounded up to whole vectors.
    private final int wideDim;
    /// R, `[features, wideDim]`; zeros beyond `dim`.
    private final float[] rows;
    /// S, `[features, features]`, then zeros up to a whole block of rows.
    private final float[] slopes;
    /// dR, `[features, wideDim]`, then room up to a whole block of rows.
    private final float[] dRows;
    /// One row of the output or of its gradient, `[width]`.
    private final float[] out;

    VectorDotInteraction(int tables, int dim, boolean itself) {
        this.features = tables + 1;
        this.dim = dim;
        this.own = itself ? 1 : 0;
        this.width = dim + Pairs.count(features, itself);
        this.wideDim = roundUp(dim, LANES);
        int blocked = roundUp(features, BLOCK);
        this.rows = new float[features * wideDim];
        this.slopes = new float[blocked * features];
        this.dRows = new float[blocked * wideDim];
        this.out = new float[width];
    }

    private static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    @Override
    public void forward(Floats bottom, PooledVectors pooled, Floats output, int n) {
        for (int s = 0; s < n; s++) {
            gather(bottom, pooled, s);
            System.arraycopy(rows, 0, out, 0, dim);
            if (wideDim == 2 * EIGHT.length()) {
                multiplySixteen();
            } else {
                multiplyPairs();
            }
            MemorySegment.copy(out, 0, output.segment(), JAVA_FLOAT_UNALIGNED, 4L * s * width, width);
        }
    }

    private void gather(Floats bottom, PooledVectors pooled, int s) {
        gather(bottom.segment(), (long) s * dim, 0);
        MemorySegment values = pooled.values().segment();
        for (int t = 0; t < pooled.tables(); t++) {
            gather(values, pooled.offset(t) + (long) s * pooled.stride(t), (t + 1) * wideDim);
        }
    }

    private void gather(MemorySegment from, long at, int to) {
        if (dim != wideDim) {
            MemorySegment.copy(from, JAVA_FLOAT_UNALIGNED, 4 * at, rows, to, dim);
            return;
        }
        for (int c = 0; c < dim; c += LANES) {
            FloatVector.fromMemorySegment(SPECIES, from, 4 * (at + c), ORDER).intoArray(rows, to + c);
        }
    }

    /// All products of rows of 16 floats, the usual width, without a loop over the row.
    private void multiplySixteen() {
        int to = dim;
        for (int i = 0; i < features; i++) {
            FloatVector left = FloatVector.fromArray(EIGHT, rows, i * wideDim);
            FloatVector right = FloatVector.fromArray(EIGHT, rows, i * wideDim + EIGHT.length());
            for (int j = 0; j < i + own; j++) {
                FloatVector sum = left.mul(FloatVector.fromArray(EIGHT, rows, j * wideDim));
                sum = right.fma(FloatVector.fromArray(EIGHT, rows, j * wideDim + EIGHT.length()), sum);
                FloatVector by4 = sum.add(sum.rearrange(BY_4));
                FloatVector by2 = by4.add(by4.rearrange(BY_2));
                out[to + j] = by2.add(by2.rearrange(BY_1)).lane(0);
            }
            to += i + own;
        }
    }

    /// All products of rows of any width.
    private void multiplyPairs() {
        int to = dim;
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < i + own; j++) {
                FloatVector sum = FloatVector.zero(EIGHT);
                for (int c = 0; c < wideDim; c += EIGHT.length()) {
                    sum = FloatVector.fromArray(EIGHT, rows, i * wideDim + c)
                            .fma(FloatVector.fromArray(EIGHT, rows, j * wideDim + c), sum);
                }
                FloatVector by4 = sum.add(sum.rearrange(BY_4));
                FloatVector by2 = by4.add(by4.rearrange(BY_2));
                out[to + j] = by2.add(by2.rearrange(BY_1)).lane(0);
            }
            to += i + own;
        }
    }

    @Override
    public void backward(Floats bottom, PooledVectors pooled, Floats dOut, Floats dBottom, int n) {
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
                scatter((t + 1) * wideDim, dPooled, pooled.offset(t) + (long) s * pooled.stride(t));
            }
        }
    }

    /// Writes the gradients by the products as a symmetric matrix; the derivative of a square counts twice.
    private void unfold() {
        int from = dim;
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < i; j++) {
                float d = out[from + j];
                slopes[i * features + j] = d;
                slopes[j * features + i] = d;
            }
            slopes[i * features + i] = own == 0 ? 0f : 2f * out[from + i];
            from += i + own;
        }
    }

    /// Computes `dR = S R`, features x features times features x wideDim, a block of rows at a time.
    private void differentiate() {
        for (int i = 0; i < features; i += BLOCK) {
            int s = i * features;
            for (int c = 0; c < wideDim; c += LANES) {
                FloatVector d0 = FloatVector.zero(SPECIES);
                FloatVector d1 = d0;
                FloatVector d2 = d0;
                FloatVector d3 = d0;
                for (int j = 0; j < features; j++) {
                    FloatVector row = FloatVector.fromArray(SPECIES, rows, j * wideDim + c);
                    d0 = row.fma(FloatVector.broadcast(SPECIES, slopes[s + j]), d0);
                    d1 = row.fma(FloatVector.broadcast(SPECIES, slopes[s + features + j]), d1);
                    d2 = row.fma(FloatVector.broadcast(SPECIES, slopes[s + 2 * features + j]), d2);
                    d3 = row.fma(FloatVector.broadcast(SPECIES, slopes[s + 3 * features + j]), d3);
                }
                d0.intoArray(dRows, i * wideDim + c);
                d1.intoArray(dRows, (i + 1) * wideDim + c);
                d2.intoArray(dRows, (i + 2) * wideDim + c);
                d3.intoArray(dRows, (i + 3) * wideDim + c);
            }
        }
    }

    private void scatter(int from, MemorySegment to, long at) {
        if (dim != wideDim) {
            MemorySegment.copy(dRows, from, to, JAVA_FLOAT_UNALIGNED, 4 * at, dim);
            return;
        }
        for (int c = 0; c < dim; c += LANES) {
            FloatVector.fromArray(SPECIES, dRows, from + c).intoMemorySegment(to, 4 * (at + c), ORDER);
        }
    }
}
