package io.dlrm4j.core.engine;

import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import java.util.function.LongConsumer;

/// Both MLPs, the interaction and the loss on one rank's samples. One step calls, in order:
///
/// ```
/// bottomForward(dense, n) → topForward(pooled) → loss(labels, scale) → topBackward(pooled, ready)
///                                                                  → bottomBackward(ready) → update(rate)
/// ```
///
/// All buffers are flat, allocated once, and in the order of
/// [io.dlrm4j.core.model.DlrmShape#denseParameters]. Backward runs through that order from its end to its start, so
/// "everything from offset x on is final" describes its progress. A part of no samples (`n = 0`) is allowed: its
/// gradient is zero.
public interface DensePart extends AutoCloseable {
    /// @return weights of both MLPs, `[P]`; written by initialisation, restore, broadcast and [#update]; after writing
    ///     to them call [#weightsChanged]
    Floats weights();

    /// Tells the part that somebody else wrote to [#weights].
    void weightsChanged();

    /// @return gradient of the loss by each weight, `[P]`, final after [#bottomBackward]; ranks sum it in place
    Floats gradients();

    /// @return state of the update rule, `[P]` for Adagrad, of length 0 for SGD; after writing to it call
    ///     [#weightsChanged]
    Floats state();

    /// Runs the bottom MLP: every layer linear + ReLU, the last one too.
    ///
    /// @param dense features, `[n, bottom[0]]`
    /// @param n samples of this step
    void bottomForward(Floats dense, int n);

    /// Runs interaction and top MLP; the last layer is linear.
    ///
    /// @param pooled the tables' pooled vectors of the same `n` samples
    /// @return logits, `[n]`, valid until the next step
    Floats topForward(PooledVectors pooled);

    /// Takes the loss of the logits and the gradient by them.
    ///
    /// BCE: `-(y log p + (1-y) log(1-p))`, `p = sigmoid(logit)`, computed from the logit without overflow.
    /// MSE: `(p - y)²` with the same p.
    ///
    /// @param labels 0 or 1, `[n]`
    /// @param scale by which the gradient is multiplied: 1 / samples of the *global* batch
    /// @return the sum (not the mean) of the samples' losses
    double loss(Floats labels, float scale);

    /// Runs the top MLP and the interaction backward and writes the gradient of every pooled vector to
    /// `pooled.gradients()`.
    ///
    /// @param ready told, as layers finish, that all gradients from an offset on are final
    void topBackward(PooledVectors pooled, LongConsumer ready);

    /// Runs the bottom MLP backward; at the end `ready` has been told 0.
    void bottomBackward(LongConsumer ready);

    /// Applies [#gradients] to [#weights] by the update rule.
    void update(float learningRate);

    @Override
    void close();
}
