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
/// done under a mask. No vector is handed from method to method: where the compiler does not inline, it would become an
/// object.
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
            FloatVector.fromMemorySegment(WIDE, rows, bytes(from), ORDER).intoMemorySegment(pooled, bytes(to), ORDER);
            for (c = LANES; c <= d - LANES; c += LANES) {
                FloatVector.fromMemorySegment(WIDE, rows, bytes(from + c), ORDER)
                        .intoMemorySegment(pooled, bytes(to + c), ORDER);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            FloatVector.fromMemorySegment(WIDE, rows, bytes(from + c), ORDER, rest)
                    .intoMemorySegment(pooled, bytes(to + c), ORDER, rest);
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
                    sum = sum.add(FloatVector.fromMemorySegment(WIDE, rows, bytes((long) ids.get(k) * d + c), ORDER));
                }
                sum.intoMemorySegment(pooled, bytes(to + c), ORDER);
            }
            if (whole < d) {
                VectorMask<Float> rest = WIDE.indexInRange(whole, d);
                FloatVector sum = FloatVector.zero(WIDE);
                for (int k = first; k < end; k++) {
                    sum = sum.add(FloatVector.fromMemorySegment(
                            WIDE, rows, bytes((long) ids.get(k) * d + whole), ORDER, rest));
                }
                sum.intoMemorySegment(pooled, bytes(to + whole), ORDER, rest);
            }
        }
    }

    @Override
    public void copy(Floats to, long toAt, Floats from, long fromAt, int d) {
        copyRow(from.segment(), fromAt, to.segment(), toAt, d);
    }

    @Override
    public void add(Floats to, long toAt, Floats from, long fromAt, int d) {
        MemorySegment sum = to.segment();
        MemorySegment more = from.segment();
        int c = 0;
        if (d >= LANES) {
            add(sum, toAt, more, fromAt);
            for (c = LANES; c <= d - LANES; c += LANES) {
                add(sum, toAt + c, more, fromAt + c);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            FloatVector.fromMemorySegment(WIDE, sum, bytes(toAt + c), ORDER, rest)
                    .add(FloatVector.fromMemorySegment(WIDE, more, bytes(fromAt + c), ORDER, rest))
                    .intoMemorySegment(sum, bytes(toAt + c), ORDER, rest);
        }
    }

    private static void add(MemorySegment sum, long at, MemorySegment more, long moreAt) {
        FloatVector.fromMemorySegment(WIDE, sum, bytes(at), ORDER)
                .add(FloatVector.fromMemorySegment(WIDE, more, bytes(moreAt), ORDER))
                .intoMemorySegment(sum, bytes(at), ORDER);
    }

    @Override
    public boolean sgd(
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
        boolean finite = true;
        if (starts == null) {
            for (int s = 0; s < samples; s++) {
                finite &= sgdRow(rows, (long) ids.get(s) * d, from, offset + (long) s * stride, d, rate);
            }
            return finite;
        }
        for (int s = 0; s < samples; s++) {
            int end = starts.get(s + 1);
            for (int k = starts.get(s); k < end; k++) {
                finite &= sgdRow(rows, (long) ids.get(k) * d, from, offset + (long) s * stride, d, rate);
            }
        }
        return finite;
    }

    /// @return whether the row is finite: each vector times 0 is 0 then
    private static boolean sgdRow(
            MemorySegment rows, long rowAt, MemorySegment gradients, long gradientAt, int d, float rate) {
        boolean finite = true;
        int c = 0;
        if (d >= LANES) {
            finite = sgd(rows, rowAt, gradients, gradientAt, rate);
            for (c = LANES; c <= d - LANES; c += LANES) {
                finite &= sgd(rows, rowAt + c, gradients, gradientAt + c, rate);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            FloatVector moved = FloatVector.fromMemorySegment(WIDE, rows, bytes(rowAt + c), ORDER, rest)
                    .sub(FloatVector.fromMemorySegment(WIDE, gradients, bytes(gradientAt + c), ORDER, rest)
                            .mul(rate));
            moved.intoMemorySegment(rows, bytes(rowAt + c), ORDER, rest);
            finite &= !moved.mul(0f).compare(VectorOperators.NE, 0f, rest).anyTrue();
        }
        return finite;
    }

    private static boolean sgd(MemorySegment rows, long at, MemorySegment gradients, long gradientAt, float rate) {
        FloatVector moved = FloatVector.fromMemorySegment(WIDE, rows, bytes(at), ORDER)
                .sub(FloatVector.fromMemorySegment(WIDE, gradients, bytes(gradientAt), ORDER)
                        .mul(rate));
        moved.intoMemorySegment(rows, bytes(at), ORDER);
        return !moved.mul(0f).compare(VectorOperators.NE, 0f).anyTrue();
    }

    @Override
    public boolean adagrad(
            Floats table, Floats state, int d, Ints ids, int count, Floats gradients, float rate, float eps) {
        MemorySegment rows = table.segment();
        MemorySegment sums = state.segment();
        MemorySegment from = gradients.segment();
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            finite &= adagradRow(rows, sums, (long) ids.get(i) * d, from, (long) i * d, d, rate, eps);
        }
        return finite;
    }

    private static boolean adagradRow(
            MemorySegment rows,
            MemorySegment sums,
            long rowAt,
            MemorySegment gradients,
            long gradientAt,
            int d,
            float rate,
            float eps) {
        boolean finite = true;
        int c = 0;
        if (d >= LANES) {
            finite = adagrad(rows, sums, rowAt, gradients, gradientAt, rate, eps);
            for (c = LANES; c <= d - LANES; c += LANES) {
                finite &= adagrad(rows, sums, rowAt + c, gradients, gradientAt + c, rate, eps);
            }
        }
        if (c < d) {
            VectorMask<Float> rest = WIDE.indexInRange(c, d);
            FloatVector g = FloatVector.fromMemorySegment(WIDE, gradients, bytes(gradientAt + c), ORDER, rest);
            FloatVector s = FloatVector.fromMemorySegment(WIDE, sums, bytes(rowAt + c), ORDER, rest)
                    .add(g.mul(g));
            s.intoMemorySegment(sums, bytes(rowAt + c), ORDER, rest);
            FloatVector step = g.mul(rate).div(s.sqrt().add(eps));
            FloatVector moved = FloatVector.fromMemorySegment(WIDE, rows, bytes(rowAt + c), ORDER, rest)
                    .sub(step);
            moved.intoMemorySegment(rows, bytes(rowAt + c), ORDER, rest);
            finite &= !moved.mul(0f)
                    .add(s.mul(0f))
                    .compare(VectorOperators.NE, 0f, rest)
                    .anyTrue();
        }
        return finite;
    }

    private static boolean adagrad(
            MemorySegment rows,
            MemorySegment sums,
            long at,
            MemorySegment gradients,
            long gradientAt,
            float rate,
            float eps) {
        FloatVector g = FloatVector.fromMemorySegment(WIDE, gradients, bytes(gradientAt), ORDER);
        FloatVector s =
                FloatVector.fromMemorySegment(WIDE, sums, bytes(at), ORDER).add(g.mul(g));
        s.intoMemorySegment(sums, bytes(at), ORDER);
        FloatVector step = g.mul(rate).div(s.sqrt().add(eps));
        FloatVector moved =
                FloatVector.fromMemorySegment(WIDE, rows, bytes(at), ORDER).sub(step);
        moved.intoMemorySegment(rows, bytes(at), ORDER);
        return !moved.mul(0f).add(s.mul(0f)).compare(VectorOperators.NE, 0f).anyTrue();
    }

    @Override
    public boolean rowWiseAdagrad(
            Floats table, Floats state, int d, Ints ids, int count, Floats gradients, float rate, float eps) {
        MemorySegment rows = table.segment();
        MemorySegment from = gradients.segment();
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            long row = ids.get(i);
            long gradientAt = (long) i * d;
            float m = state.get(row) + sumOfSquares(from, gradientAt, d) / d;
            state.set(row, m);
            boolean moved = sgdRow(rows, row * d, from, gradientAt, d, rate / ((float) Math.sqrt(m) + eps));
            finite &= moved && Float.isFinite(m);
        }
        return finite;
    }

    private static float sumOfSquares(MemorySegment gradients, long at, int d) {
        FloatVector sums = FloatVector.zero(EIGHT);
        int c = 0;
        if (d >= 16) {
            FloatVector g = FloatVector.fromMemorySegment(EIGHT, gradients, bytes(at), ORDER);
            FloatVector next = FloatVector.fromMemorySegment(EIGHT, gradients, bytes(at + 8), ORDER);
            sums = g.mul(g).add(next.mul(next));
            c = 16;
        }
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

    private static long bytes(long floats) {
        return floats * Float.BYTES;
    }
}
