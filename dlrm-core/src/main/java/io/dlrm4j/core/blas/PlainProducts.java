package io.dlrm4j.core.blas;

import io.dlrm4j.core.memory.Floats;

/// Matrix products as plain loops, summed in double precision: the yardstick of the others, and slow.
public final class PlainProducts implements MatrixProducts {
    @Override
    public String name() {
        return "plain loops";
    }

    @Override
    public void multiply(Form formA, Form formB, int m, int n, int k, Floats a, Floats b, Floats c, boolean add) {
        long rowA = formA == Form.KEEP ? k : 1;
        long stepA = formA == Form.KEEP ? 1 : m;
        long columnB = formB == Form.KEEP ? 1 : k;
        long stepB = formB == Form.KEEP ? n : 1;
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a.get(i * rowA + l * stepA) * b.get(j * columnB + l * stepB);
                }
                long at = (long) i * n + j;
                c.set(at, (float) (add ? c.get(at) + sum : sum));
            }
        }
    }
}
