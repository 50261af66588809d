package io.dlrm4j.core.kernel;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;

/// The dot interaction of one model (Naumov et al. 2019, section 2.1.3). With `v0` the bottom MLP's output and `vi` the
/// pooled vector of table `i - 1`, a row of the output is
///
/// ```
/// v0 (d floats), v1·v0, v2·v0, v2·v1, v3·v0, …            without itself
/// v0 (d floats), v0·v0, v1·v0, v1·v1, v2·v0, …            with itself
/// ```
///
/// Holds room for one sample, so one thread at a time.
public interface DotInteraction {
    /// @param bottom `[n, d]`
    /// @param pooled pooled vectors
    /// @param first sample of `pooled` that is sample 0 here
    /// @param out receives `[n, width]`
    /// @param n samples, 0 or more
    void forward(Floats bottom, PooledVectors pooled, int first, Floats out, int n);

    /// Takes the derivative of [#forward]: also writes the pooled vectors' gradients to `pooled.gradients()`.
    ///
    /// @param bottom `[n, d]`
    /// @param pooled pooled vectors
    /// @param first sample of `pooled` that is sample 0 here
    /// @param dOut gradient by the output, `[n, width]`
    /// @param dBottom receives the gradient by `bottom`, `[n, d]`
    /// @param n samples, 0 or more
    void backward(Floats bottom, PooledVectors pooled, int first, Floats dOut, Floats dBottom, int n);
}
