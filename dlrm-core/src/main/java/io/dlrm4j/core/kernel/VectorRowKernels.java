package io.dlrm4j.core.kernel;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/// The same with the Vector API. The first vector of a row stands outside the loop over the row: most rows are one
/// vector wide, and a loop of one turn takes three times as long as no loop. Columns beyond the last whole vector are
/// done under a mask.
final class VectorRowKernels implements RowKernels {
    private static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> WIDE_INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = WIDE.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /// Eight lanes on every processor: with a wider vector, or with `reduceLanes`, whose order is open and may differ
    /// between interpreted and compiled code, the same run twice could give different bits.
    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(EIGHT, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(EIGHT, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(EIGHT, 1, 1, true);

    @Override
    public int firstOutside(Ints ids, int count, int rows) {
        MemorySegment segment = ids.segment();
        int i = 0;
        for (; i < WIDE_INTS.loopBound(count); i += WIDE_INTS.length()) {
            IntVector some = IntVector.fromMemorySegment(WIDE_INTS, segment, (long) i * Integer.BYTES, ORDER);
            VectorMask<Integer> outside = some.compare(VectorOperators.UGE, rows);
            if (outside.anyTrue()) {
                return i + outside.firstTrue();
            }
        }
        for (; i < count; i++) {
            if (Integer.compareUnsigned(ids.get(i), rows) >= 0) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void pool(
            Floats table, int d, Ints ids, @Nullable Ints starts, int samples, Floats out, long offset, int stride) {
        if (starts == null) {
            copyRows(table, d, ids, samples, out, offset, stride);
        } else {
            sumRows(table, d, ids, starts, samples, out, offset, stride);
        }
    }

    private static void copyRows(Floats table, int d, Ints ids, int samples, Floats out, long offset, int stride) {
        MemorySegment rows = table.segment();
        MemorySegment pooled = out.segment();
        for (int s = 0; s < samples; s++) {
            copyRow(rows, (long) ids.get(s) * d, pooled, offset + (long) s * stride, d);
        }
    }

    private static void copyRow(MemorySegment rows, long from, MemorySegment pooled, long to, int d) {
        int c = 0;
        if (d >= LANES) {
            load(rows, from).intoMemorySegment(pooled, bytes(to), ORDER);
            for (c = LANES; c <= d - LANES; c += LANES) {
                load(rows, from + c).intoMemorySegment(pooled, bytes(to + c), ORDER);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            load(rows, from + c, rest).intoMemorySegment(pooled, bytes(to + c), ORDER, rest);
        }
    }

    private static void sumRows(
            Floats table, int d, Ints ids, Ints starts, int samples, Floats out, long offset, int stride) {
        MemorySegment rows = table.segment();
        MemorySegment pooled = out.segment();
        int whole = WIDE.loopBound(d);
        for (int s = 0; s < samples; s++) {
            int first = starts.get(s);
            int end = starts.get(s + 1);
            long to = offset + (long) s * stride;
            for (int c = 0; c < whole; c += LANES) {
                FloatVector sum = FloatVector.zero(WIDE);
                for (int k = first; k < end; k++) {
                    sum = sum.add(load(rows, (long) ids.get(k) * d + c));
                }
                sum.intoMemorySegment(pooled, bytes(to + c), ORDER);
            }
            if (whole < d) {
                VectorMask<Float> rest = WIDE.indexInRange(whole, d);
                FloatVector sum = FloatVector.zero(WIDE);
                for (int k = first; k < end; k++) {
                    sum = sum.add(load(rows, (long) ids.get(k) * d + whole, rest));
                }
                sum.intoMemorySegment(pooled, bytes(to + whole), ORDER, rest);
            }
        }
    }

    @Override
    public void add(Floats sum, long sumAt, Floats a, long aAt, Floats b, long bAt, int d) {
        MemorySegment to = sum.segment();
        MemorySegment left = a.segment();
        MemorySegment right = b.segment();
        int c = 0;
        if (d >= LANES) {
            load(left, aAt).add(load(right, bAt)).intoMemorySegment(to, bytes(sumAt), ORDER);
            for (c = LANES; c <= d - LANES; c += LANES) {
                load(left, aAt + c).add(load(right, bAt + c)).intoMemorySegment(to, bytes(sumAt + c), ORDER);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            load(left, aAt + c, rest)
                    .add(load(right, bAt + c, rest))
                    .intoMemorySegment(to, bytes(sumAt + c), ORDER, rest);
        }
    }

    @Override
    public void sgd(
            Floats table,
            int d,
            Ints ids,
            @Nullable Ints starts,
            int samples,
            Floats gradients,
            long offset,
            int stride,
            float rate) {
        MemorySegment rows = table.segment();
        MemorySegment from = gradients.segment();
        for (int s = 0; s < samples; s++) {
            int end = starts == null ? s + 1 : starts.get(s + 1);
            for (int k = starts == null ? s : starts.get(s); k < end; k++) {
                sgdRow(rows, (long) ids.get(k) * d, from, offset + (long) s * stride, d, rate);
            }
        }
    }

    private static void sgdRow(
            MemorySegment rows, long rowAt, MemorySegment gradients, long gradientAt, int d, float rate) {
        int c = 0;
        if (d >= LANES) {
            sgd(rows, rowAt, gradients, gradientAt, rate);
            for (c = LANES; c <= d - LANES; c += LANES) {
                sgd(rows, rowAt + c, gradients, gradientAt + c, rate);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            load(rows, rowAt + c, rest)
                    .sub(load(gradients, gradientAt + c, rest).mul(rate))
                    .intoMemorySegment(rows, bytes(rowAt + c), ORDER, rest);
        }
    }

    private static void sgd(MemorySegment rows, long at, MemorySegment gradients, long gradientAt, float rate) {
        load(rows, at).sub(load(gradients, gradientAt).mul(rate)).intoMemorySegment(rows, bytes(at), ORDER);
    }

    @Override
    public void adagrad(
            Floats table, Floats state, long rowAt, Floats gradients, long gradientAt, int d, float rate, float eps) {
        MemorySegment rows = table.segment();
        MemorySegment sums = state.segment();
        MemorySegment from = gradients.segment();
        int c = 0;
        if (d >= LANES) {
            adagrad(rows, sums, rowAt, load(from, gradientAt), rate, eps);
            for (c = LANES; c <= d - LANES; c += LANES) {
                adagrad(rows, sums, rowAt + c, load(from, gradientAt + c), rate, eps);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            FloatVector g = load(from, gradientAt + c, rest);
            FloatVector s = load(sums, rowAt + c, rest).add(g.mul(g));
            s.intoMemorySegment(sums, bytes(rowAt + c), ORDER, rest);
            FloatVector step = g.mul(rate).div(s.sqrt().add(eps));
            load(rows, rowAt + c, rest).sub(step).intoMemorySegment(rows, bytes(rowAt + c), ORDER, rest);
        }
    }

    private static void adagrad(MemorySegment rows, MemorySegment sums, long at, FloatVector g, float rate, float eps) {
        FloatVector s = load(sums, at).add(g.mul(g));
        s.intoMemorySegment(sums, bytes(at), ORDER);
        FloatVector step = g.mul(rate).div(s.sqrt().add(eps));
        load(rows, at).sub(step).intoMemorySegment(rows, bytes(at), ORDER);
    }

    @Override
    public void rowWiseAdagrad(
            Floats table, Floats state, long row, Floats gradients, long gradientAt, int d, float rate, float eps) {
        float m = state.get(row) + sumOfSquares(gradients.segment(), gradientAt, d) / d;
        state.set(row, m);
        float rowRate = rate / ((float) Math.sqrt(m) + eps);
        sgdRow(table.segment(), row * d, gradients.segment(), gradientAt, d, rowRate);
    }

    private static float sumOfSquares(MemorySegment gradients, long at, int d) {
        FloatVector sums = FloatVector.zero(EIGHT);
        int c = 0;
        for (; c <= d - 8; c += 8) {
            FloatVector g = FloatVector.fromMemorySegment(EIGHT, gradients, bytes(at + c), ORDER);
            sums = sums.add(g.mul(g));
        }
        if (c < d) {
            VectorMask<Float> rest = EIGHT.indexInRange(c, d);
            FloatVector g = FloatVector.fromMemorySegment(EIGHT, gradients, bytes(at + c), ORDER, rest);
            sums = sums.add(g.mul(g)); // lanes beyond d add 0
        }
        sums = sums.add(sums.rearrange(BY_4));
        sums = sums.add(sums.rearrange(BY_2));
        return sums.add(sums.rearrange(BY_1)).lane(0);
    }

    private static FloatVector load(MemorySegment segment, long at) {
        return FloatVector.fromMemorySegment(WIDE, segment, bytes(at), ORDER);
    }

    private static FloatVector load(MemorySegment segment, long at, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(WIDE, segment, bytes(at), ORDER, mask);
    }

    private static long bytes(long floats) {
        return floats * Float.BYTES;
    }
}
