package io.dlrm4j.core.nn;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.kernel.DotInteraction;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import java.lang.foreign.MemorySegment;

/// How the bottom MLP's output and the pooled vectors become the top MLP's input: all their inner products
/// ([DotInteraction]), or one after the other (`cat`).
public final class Interaction {
    private final DlrmShape shape;
    private final DotInteraction dot;
    private final int dim;
    private final Floats output;
    private final Floats dOutput;

    /// @param name prefix of the allocations
    /// @param maxSamples most samples of one call
    public Interaction(String name, DlrmShape shape, DenseKernels kernels, int maxSamples, OffHeap memory) {
        this.shape = shape;
        this.dot = kernels.dotInteraction(shape.tables().size(), shape.embeddingDim(), shape.interactionItself());
        this.dim = shape.embeddingDim();
        this.output = memory.floats(name + "interaction output", (long) maxSamples * shape.interactionWidth());
        this.dOutput = memory.floats(name + "interaction gradient", (long) maxSamples * shape.interactionWidth());
    }

    /// @return output of the last [#forward], `[n, width]` with room for more
    public Floats output() {
        return output;
    }

    /// @return gradient by [#output], to be filled before [#backward]
    public Floats dOutput() {
        return dOutput;
    }

    /// @param bottom the bottom MLP's output, `[n, d]`
    /// @param pooled pooled vectors
    /// @param first sample of `pooled` that is sample 0 here
    public void forward(Floats bottom, PooledVectors pooled, int first, int n) {
        if (shape.interaction() == InteractionKind.DOT) {
            dot.forward(bottom, pooled, first, output, n);
            return;
        }
        for (int s = 0; s < n; s++) {
            long row = (long) s * shape.interactionWidth();
            copy(bottom, (long) s * dim, output, row);
            for (int t = 0; t < pooled.tables(); t++) {
                copy(pooled.values(), place(pooled, t, first + s), output, row + (t + 1L) * dim);
            }
        }
    }

    /// Writes the pooled vectors' gradients to `pooled.gradients()`.
    ///
    /// @param bottom as given to [#forward]
    /// @param pooled as given to [#forward]
    /// @param first as given to [#forward]
    /// @param dBottom receives the gradient by the bottom MLP's output, `[n, d]`
    public void backward(Floats bottom, PooledVectors pooled, int first, Floats dBottom, int n) {
        if (shape.interaction() == InteractionKind.DOT) {
            dot.backward(bottom, pooled, first, dOutput, dBottom, n);
            return;
        }
        for (int s = 0; s < n; s++) {
            long row = (long) s * shape.interactionWidth();
            copy(dOutput, row, dBottom, (long) s * dim);
            for (int t = 0; t < pooled.tables(); t++) {
                copy(dOutput, row + (t + 1L) * dim, pooled.gradients(), place(pooled, t, first + s));
            }
        }
    }

    private static long place(PooledVectors pooled, int table, int sample) {
        return pooled.offset(table) + (long) sample * pooled.stride(table);
    }

    private void copy(Floats from, long at, Floats to, long toAt) {
        MemorySegment.copy(
                from.segment(), at * Float.BYTES, to.segment(), toAt * Float.BYTES, (long) dim * Float.BYTES);
    }
}
