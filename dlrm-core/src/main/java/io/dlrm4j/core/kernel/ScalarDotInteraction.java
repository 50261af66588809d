package io.dlrm4j.core.kernel;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;

/// The dot interaction as plain loops.
final class ScalarDotInteraction implements DotInteraction {
    private final int features;
    private final int dim;
    private final boolean itself;

    ScalarDotInteraction(int tables, int dim, boolean itself) {
        this.features = tables + 1;
        this.dim = dim;
        this.itself = itself;
    }

    @Override
    public void forward(Floats bottom, PooledVectors pooled, int first, Floats out, int n) {
        long to = 0;
        for (int s = 0; s < n; s++) {
            for (int c = 0; c < dim; c++) {
                out.set(to++, feature(bottom, pooled, first, 0, s, c));
            }
            for (int i = 0; i < features; i++) {
                for (int j = 0; j < (itself ? i + 1 : i); j++) {
                    float sum = 0f;
                    for (int c = 0; c < dim; c++) {
                        sum += feature(bottom, pooled, first, i, s, c) * feature(bottom, pooled, first, j, s, c);
                    }
                    out.set(to++, sum);
                }
            }
        }
    }

    @Override
    public void backward(Floats bottom, PooledVectors pooled, int first, Floats dOut, Floats dBottom, int n) {
        long width = (long) dim + Pairs.count(features, itself);
        for (int s = 0; s < n; s++) {
            for (int c = 0; c < dim; c++) {
                float direct = dOut.get(s * width + c);
                dBottom.set(
                        (long) s * dim + c, direct + gradient(bottom, pooled, first, dOut, s * width + dim, s, 0, c));
                for (int i = 1; i < features; i++) {
                    float d = gradient(bottom, pooled, first, dOut, s * width + dim, s, i, c);
                    pooled.gradients().set(place(pooled, i, first + s) + c, d);
                }
            }
        }
    }

    /// @return gradient by float `c` of vector `i` through its products, whose gradients start at `products`
    private float gradient(
            Floats bottom, PooledVectors pooled, int first, Floats dOut, long products, int s, int i, int c) {
        float sum = 0f;
        for (int j = 0; j < features; j++) {
            if (j != i) {
                sum += dOut.get(products + Pairs.index(i, j, itself)) * feature(bottom, pooled, first, j, s, c);
            } else if (itself) {
                sum += 2f * dOut.get(products + Pairs.index(i, i, true)) * feature(bottom, pooled, first, i, s, c);
            }
        }
        return sum;
    }

    private float feature(Floats bottom, PooledVectors pooled, int first, int i, int s, int c) {
        return i == 0 ? bottom.get((long) s * dim + c) : pooled.values().get(place(pooled, i, first + s) + c);
    }

    private static long place(PooledVectors pooled, int i, int s) {
        return pooled.offset(i - 1) + (long) s * pooled.stride(i - 1);
    }
}
