package io.dlrm4j.core.kernel;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.Ints;
import org.jspecify.annotations.Nullable;

/// Plain loops; the reference the vector kernels are tested against.
final class ScalarRowKernels implements RowKernels {
    private static final int SUMS = 8;

    @Override
    public int firstOutside(Ints ids, int count, int rows) {
        for (int i = 0; i < count; i++) {
            int id = ids.get(i);
            if (id < 0 || id >= rows) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void pool(
            Floats table, int d, Ints ids, @Nullable Ints starts, int samples, Floats out, long offset, int stride) {
        for (int s = 0; s < samples; s++) {
            int from = starts == null ? s : starts.get(s);
            int to = starts == null ? s + 1 : starts.get(s + 1);
            long at = offset + (long) s * stride;
            for (int c = 0; c < d; c++) {
                float sum = 0;
                for (int k = from; k < to; k++) {
                    sum += table.get((long) ids.get(k) * d + c);
                }
                out.set(at + c, sum);
            }
        }
    }

    @Override
    public void copy(Floats to, long toAt, Floats from, long fromAt, int d) {
        for (int c = 0; c < d; c++) {
            to.set(toAt + c, from.get(fromAt + c));
        }
    }

    @Override
    public void add(Floats to, long toAt, Floats from, long fromAt, int d) {
        for (int c = 0; c < d; c++) {
            to.set(toAt + c, to.get(toAt + c) + from.get(fromAt + c));
        }
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
        boolean finite = true;
        for (int s = 0; s < samples; s++) {
            int to = starts == null ? s + 1 : starts.get(s + 1);
            for (int k = starts == null ? s : starts.get(s); k < to; k++) {
                finite &= sgdRow(table, (long) ids.get(k) * d, gradients, offset + (long) s * stride, d, rate);
            }
        }
        return finite;
    }

    private static boolean sgdRow(Floats table, long rowAt, Floats gradients, long gradientAt, int d, float rate) {
        boolean finite = true;
        for (int c = 0; c < d; c++) {
            float moved = table.get(rowAt + c) - rate * gradients.get(gradientAt + c);
            table.set(rowAt + c, moved);
            finite &= Float.isFinite(moved);
        }
        return finite;
    }

    @Override
    public boolean adagrad(
            Floats table, Floats state, int d, Ints ids, int count, Floats gradients, float rate, float eps) {
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            long row = (long) ids.get(i) * d;
            for (int c = 0; c < d; c++) {
                float g = gradients.get((long) i * d + c);
                float s = state.get(row + c) + g * g;
                state.set(row + c, s);
                float moved = table.get(row + c) - rate * g / ((float) Math.sqrt(s) + eps);
                table.set(row + c, moved);
                finite &= Float.isFinite(s) && Float.isFinite(moved);
            }
        }
        return finite;
    }

    @Override
    public boolean rowWiseAdagrad(
            Floats table, Floats state, int d, Ints ids, int count, Floats gradients, float rate, float eps) {
        boolean finite = true;
        for (int i = 0; i < count; i++) {
            long row = ids.get(i);
            long gradientAt = (long) i * d;
            float m = state.get(row) + sumOfSquares(gradients, gradientAt, d) / d;
            state.set(row, m);
            boolean moved = sgdRow(table, row * d, gradients, gradientAt, d, rate / ((float) Math.sqrt(m) + eps));
            finite &= moved && Float.isFinite(m);
        }
        return finite;
    }

    private static float sumOfSquares(Floats gradients, long at, int d) {
        float even = (running(gradients, at, d, 0) + running(gradients, at, d, 4))
                + (running(gradients, at, d, 2) + running(gradients, at, d, 6));
        float odd = (running(gradients, at, d, 1) + running(gradients, at, d, 5))
                + (running(gradients, at, d, 3) + running(gradients, at, d, 7));
        return even + odd;
    }

    private static float running(Floats gradients, long at, int d, int first) {
        float sum = 0;
        for (int c = first; c < d; c += SUMS) {
            float g = gradients.get(at + c);
            sum += g * g;
        }
        return sum;
    }
}
