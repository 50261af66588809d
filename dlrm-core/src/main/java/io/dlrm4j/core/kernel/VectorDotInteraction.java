package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The dot interaction with the Vector API. Each sample's vectors are brought together in one small array R, one a row,
/// and stay in the first-level cache. Forward is the lower triangle of `R Rᵀ`, backward `dR = S R` with the gradients
/// by
/// the products as a symmetric matrix S, of which only the lower triangle is stored.
///
/// R and Rᵀ lie in slabs of one vector's width, so that loops step by a constant: the compiler then checks their bounds
/// once, before the loop. Every lane sums in the order of the columns (forward) or of the vectors (backward), so
/// results are the same bits for
/// vectors of any width. No vector crosses a method's border: one that does and is not inlined is allocated.
final class VectorDotInteraction implements DotInteraction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /// Rows of a result computed at once: as many sums as keep the adders busy.
    private static final int BLOCK = 4;

    private final int features;
    private final int dim;
    /// 1 where each vector also meets itself, else 0.
    private final int own;
    private final int width;
    /// Slabs of R: `dim` in whole vectors.
    private final int slabs;
    /// Floats of a slab of R.
    private final int slab;
    /// R, `[slabs, features, LANES]` with zeros beyond `dim` and in the rows up to a whole block.
    private final float[] rows;
    /// Rᵀ, `[features in whole vectors, dim, LANES]`.
    private final float[] columns;
    /// dR, as R.
    private final float[] dRows;
    /// One row of the output or of its gradient, `[width]`, then room for a vector and for rows that are not there.
    private final float[] out;
    /// Where the products of each vector begin in `out`, also for the rows up to a whole block.
    private final int[] starts;

    VectorDotInteraction(int tables, int dim, boolean itself) {
        this.features = tables + 1;
        this.dim = dim;
        this.own = itself ? 1 : 0;
        this.width = dim + Pairs.count(features, itself);
        int blocked = roundUp(features, BLOCK);
        int wide = roundUp(features, LANES);
        this.slabs = roundUp(dim, LANES) / LANES;
        this.slab = blocked * LANES;
        this.rows = new float[slabs * slab];
        this.columns = new float[wide * dim];
        this.dRows = new float[slabs * slab];
        this.starts = new int[blocked];
        for (int i = 0; i < blocked; i++) {
            starts[i] = dim + i * (i - 1) / 2 + own * i;
        }
        this.out = new float[starts[blocked - 1] + wide + LANES];
    }

    private static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    @Override
    public void forward(Floats bottom, PooledVectors pooled, int first, Floats output, int n) {
        for (int s = 0; s < n; s++) {
            gather(bottom, pooled, first, s);
            MemorySegment.copy(bottom.segment(), JAVA_FLOAT_UNALIGNED, 4L * s * dim, out, 0, dim);
            transpose();
            for (int i = 0; i < features; i += BLOCK) {
                multiply(i);
            }
            MemorySegment.copy(out, 0, output.segment(), JAVA_FLOAT_UNALIGNED, 4L * s * width, width);
        }
    }

    private void gather(Floats bottom, PooledVectors pooled, int first, int s) {
        gather(bottom.segment(), (long) s * dim, 0);
        MemorySegment values = pooled.values().segment();
        for (int t = 0; t < pooled.tables(); t++) {
            gather(values, pooled.offset(t) + (long) (first + s) * pooled.stride(t), (t + 1) * LANES);
        }
    }

    private void gather(MemorySegment from, long at, int to) {
        if (dim == LANES) { // the usual width: a loop of one turn takes three times as long
            FloatVector.fromMemorySegment(SPECIES, from, 4 * at, ORDER).intoArray(rows, to);
            return;
        }
        int whole = dim / LANES;
        for (int b = 0; b < whole; b++) {
            FloatVector.fromMemorySegment(SPECIES, from, 4 * (at + (long) b * LANES), ORDER)
                    .intoArray(rows, b * slab + to);
        }
        if (whole < slabs) {
            int c = whole * LANES;
            MemorySegment.copy(from, JAVA_FLOAT_UNALIGNED, 4 * (at + c), rows, whole * slab + to, dim - c);
        }
    }

    private void transpose() {
        for (int i = 0; i < features; i++) {
            int to = i / LANES * dim * LANES + i % LANES;
            for (int b = 0; b < slabs; b++) {
                int from = b * slab + i * LANES;
                int count = Math.min(LANES, dim - b * LANES);
                for (int c = 0; c < count; c++) {
                    columns[to + c * LANES] = rows[from + c];
                }
                to += LANES * LANES;
            }
        }
    }

    /// Computes rows `i` to `i + BLOCK - 1` of `R Rᵀ` up to the diagonal, in whole vectors. What a row writes beyond
    /// its
    /// end lies in the first vector of rows that are written later: hence the order, from right to left.
    private void multiply(int i) {
        for (int j = (i + BLOCK - 1) / LANES * LANES; j >= 0; j -= LANES) {
            FloatVector z0 = FloatVector.zero(SPECIES);
            FloatVector z1 = z0;
            FloatVector z2 = z0;
            FloatVector z3 = z0;
            for (int b = 0; b < slabs; b++) {
                int row = b * slab + i * LANES;
                int column = j * dim + b * LANES * LANES;
                int count = Math.min(LANES, dim - b * LANES);
                for (int c = 0; c < count; c++) {
                    FloatVector some = FloatVector.fromArray(SPECIES, columns, column + c * LANES);
                    z0 = some.fma(FloatVector.broadcast(SPECIES, rows[row + c]), z0);
                    z1 = some.fma(FloatVector.broadcast(SPECIES, rows[row + LANES + c]), z1);
                    z2 = some.fma(FloatVector.broadcast(SPECIES, rows[row + 2 * LANES + c]), z2);
                    z3 = some.fma(FloatVector.broadcast(SPECIES, rows[row + 3 * LANES + c]), z3);
                }
            }
            z0.intoArray(out, starts[i] + j);
            z1.intoArray(out, starts[i + 1] + j);
            z2.intoArray(out, starts[i + 2] + j);
            z3.intoArray(out, starts[i + 3] + j);
        }
    }

    @Override
    public void backward(Floats bottom, PooledVectors pooled, int first, Floats dOut, Floats dBottom, int n) {
        MemorySegment dPooled = pooled.gradients().segment();
        Arrays.fill(out, width, out.length, 0f); // times rows that are not there
        for (int s = 0; s < n; s++) {
            gather(bottom, pooled, first, s);
            MemorySegment.copy(dOut.segment(), JAVA_FLOAT_UNALIGNED, 4L * s * width, out, 0, width);
            for (int i = 0; i < features; i += BLOCK) {
                for (int b = 0; b < slabs; b++) {
                    differentiate(i, b * slab);
                }
            }
            for (int c = 0; c < dim; c++) {
                dRows[c / LANES * slab + c % LANES] += out[c];
            }
            scatter(0, dBottom.segment(), (long) s * dim);
            for (int t = 0; t < pooled.tables(); t++) {
                scatter((t + 1) * LANES, dPooled, pooled.offset(t) + (long) (first + s) * pooled.stride(t));
            }
        }
    }

    /// Computes rows `i` to `i + BLOCK - 1` of `dR = S R` within the slab that begins at `c`.
    private void differentiate(int i, int c) {
        FloatVector d0 = FloatVector.zero(SPECIES);
        FloatVector d1 = d0;
        FloatVector d2 = d0;
        FloatVector d3 = d0;
        int s0 = starts[i];
        int s1 = starts[i + 1];
        int s2 = starts[i + 2];
        int s3 = starts[i + 3];
        for (int j = 0; j < i; j++) { // left of the diagonal: these rows of the triangle
            FloatVector row = FloatVector.fromArray(SPECIES, rows, c + j * LANES);
            d0 = row.fma(FloatVector.broadcast(SPECIES, out[s0 + j]), d0);
            d1 = row.fma(FloatVector.broadcast(SPECIES, out[s1 + j]), d1);
            d2 = row.fma(FloatVector.broadcast(SPECIES, out[s2 + j]), d2);
            d3 = row.fma(FloatVector.broadcast(SPECIES, out[s3 + j]), d3);
        }
        FloatVector row0 = FloatVector.fromArray(SPECIES, rows, c + i * LANES);
        FloatVector row1 = FloatVector.fromArray(SPECIES, rows, c + (i + 1) * LANES);
        FloatVector row2 = FloatVector.fromArray(SPECIES, rows, c + (i + 2) * LANES);
        FloatVector row3 = FloatVector.fromArray(SPECIES, rows, c + (i + 3) * LANES);
        if (own == 1) { // the derivative of a square counts twice
            d0 = row0.fma(FloatVector.broadcast(SPECIES, 2f * out[s0 + i]), d0);
            d1 = row1.fma(FloatVector.broadcast(SPECIES, 2f * out[s1 + i + 1]), d1);
            d2 = row2.fma(FloatVector.broadcast(SPECIES, 2f * out[s2 + i + 2]), d2);
            d3 = row3.fma(FloatVector.broadcast(SPECIES, 2f * out[s3 + i + 3]), d3);
        }
        FloatVector s10 = FloatVector.broadcast(SPECIES, out[s1 + i]);
        FloatVector s20 = FloatVector.broadcast(SPECIES, out[s2 + i]);
        FloatVector s21 = FloatVector.broadcast(SPECIES, out[s2 + i + 1]);
        FloatVector s30 = FloatVector.broadcast(SPECIES, out[s3 + i]);
        FloatVector s31 = FloatVector.broadcast(SPECIES, out[s3 + i + 1]);
        FloatVector s32 = FloatVector.broadcast(SPECIES, out[s3 + i + 2]);
        d0 = row3.fma(s30, row2.fma(s20, row1.fma(s10, d0)));
        d1 = row3.fma(s31, row2.fma(s21, row0.fma(s10, d1)));
        d2 = row3.fma(s32, row1.fma(s21, row0.fma(s20, d2)));
        d3 = row2.fma(s32, row1.fma(s31, row0.fma(s30, d3)));
        for (int j = i + BLOCK; j < features; j++) { // right of it: these columns of the rows below
            FloatVector row = FloatVector.fromArray(SPECIES, rows, c + j * LANES);
            int from = starts[j] + i;
            d0 = row.fma(FloatVector.broadcast(SPECIES, out[from]), d0);
            d1 = row.fma(FloatVector.broadcast(SPECIES, out[from + 1]), d1);
            d2 = row.fma(FloatVector.broadcast(SPECIES, out[from + 2]), d2);
            d3 = row.fma(FloatVector.broadcast(SPECIES, out[from + 3]), d3);
        }
        d0.intoArray(dRows, c + i * LANES);
        d1.intoArray(dRows, c + (i + 1) * LANES);
        d2.intoArray(dRows, c + (i + 2) * LANES);
        d3.intoArray(dRows, c + (i + 3) * LANES);
    }

    private void scatter(int from, MemorySegment to, long at) {
        if (dim == LANES) {
            FloatVector.fromArray(SPECIES, dRows, from).intoMemorySegment(to, 4 * at, ORDER);
            return;
        }
        int whole = dim / LANES;
        for (int b = 0; b < whole; b++) {
            FloatVector.fromArray(SPECIES, dRows, b * slab + from)
                    .intoMemorySegment(to, 4 * (at + (long) b * LANES), ORDER);
        }
        if (whole < slabs) {
            int c = whole * LANES;
            MemorySegment.copy(dRows, whole * slab + from, to, JAVA_FLOAT_UNALIGNED, 4 * (at + c), dim - c);
        }
    }
}
