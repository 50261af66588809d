package io.dlrm4j.core.engine;

import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Both MLPs, the interaction and the loss on one rank's samples. One step calls, in order:
///
/// ```
/// bottomForward(dense, n) → topStep(pooled, labels, scale, ready) → bottomBackward(ready) → update(rate)
/// ```
///
/// and to score `bottomForward(dense, n) → topForward(pooled)`.
///
/// All buffers are flat, allocated once, and in the order of
/// [io.dlrm4j.core.model.DlrmShape#denseParameters]. Backward runs through that order from its end to its
/// start, so "everything from offset x on is final" describes its progress. A part of no samples (`n = 0`) is
/// allowed: its gradient is zero.
public interface DensePart extends AutoCloseable {
    /// @return weights of both MLPs, `[P]`, as they are at this call (an engine that holds them elsewhere
    ///     copies them here now); written by initialisation, restore, broadcast and [#update]; after writing
    ///     to them call [#weightsChanged]
    Floats weights();

    /// Tells the part that somebody else wrote to [#weights].
    void weightsChanged();

    /// Has the step timed from now on: [#topForward] and [#topStep] tell `clock`, on the calling thread, when they turn
    /// to the interaction and to the top MLP, forward and backward. An engine that cannot tell them apart leaves it
    /// alone.
    default void timeWith(StepClock clock) {}

    /// @return gradient of the loss by each weight, `[P]`, final after [#bottomBackward]; ranks sum it in place
    Floats gradients();

    /// @return state of the update rule at this call, `[P]` for Adagrad, of length 0 for SGD; after writing to
    ///     it call [#weightsChanged]
    Floats state();

    /// Runs the bottom MLP: every layer linear + ReLU, the last one too.
    ///
    /// @param dense features, `[n, bottom[0]]`
    /// @param n samples of this step
    void bottomForward(Floats dense, int n);

    /// Runs the bottom MLP as [#bottomForward(Floats, int)] does.
    ///
    /// @param between called on the calling thread now and then, by an engine that can
    default void bottomForward(Floats dense, int n, Runnable between) {
        bottomForward(dense, n);
    }

    /// Runs interaction and top MLP; the last layer is linear.
    ///
    /// @param pooled the tables' pooled vectors of the same `n` samples
    /// @return logits, `[n]` with room for more, valid until the next call
    Floats topForward(PooledVectors pooled);

    /// @return whether [#topForward(PooledVectors, Floats)] is there
    default boolean givesHidden() {
        return false;
    }

    /// Runs interaction and top MLP as [#topForward(PooledVectors)] does, and hands out what the last layer saw.
    ///
    /// @param hidden receives the activations of the top MLP's last hidden layer, after its ReLU, `[n,
    ///     hiddenWidth]` ([io.dlrm4j.core.model.DlrmShape#hiddenWidth]), with room for more
    /// @throws UnsupportedOperationException where [#givesHidden] says no
    default Floats topForward(PooledVectors pooled, Floats hidden) {
        throw new UnsupportedOperationException("this engine keeps no activations of the hidden layer");
    }

    /// Runs interaction and top MLP, takes the loss of the logits, runs both backward and writes the gradient of
    /// every pooled vector to `pooled.gradients()`. One call, so that an engine may take few samples at a time
    /// through all of it.
    ///
    /// BCE: `-(y log p + (1-y) log(1-p))`, `p = sigmoid(logit)`, computed from the logit without overflow.
    /// MSE: `(p - y)²` with the same p.
    ///
    /// @param pooled the tables' pooled vectors of the same `n` samples
    /// @param labels 0 or 1, `[n]`
    /// @param scale by which the gradient is multiplied: 1 / samples of the *global* batch
    /// @param ready told, as layers finish, that all gradients from an offset on are final; also told now and
    ///     then that none has become so, by an offset beyond them
    /// @return the sum (not the mean) of the samples' losses
    double topStep(PooledVectors pooled, Floats labels, float scale, LongConsumer ready);

    /// Runs the bottom MLP backward; at the end `ready`, told as by [#topStep], has been told 0.
    void bottomBackward(LongConsumer ready);

    /// Applies [#gradients] to [#weights] by the update rule.
    ///
    /// @return whether all that was written is finite; an engine whose next loss tells says true
    boolean update(float learningRate);

    /// Looks for the first value that is no finite number on the way of the last step's samples from their dense
    /// features to the logits, layer by layer. For a message, between [#topStep] and [#bottomBackward]; takes
    /// its time.
    ///
    /// @param pooled as given to [#topStep]
    /// @return null where all are finite, or where the engine keeps nothing to look at
    default @Nullable NotFinite firstNotFinite(PooledVectors pooled) {
        return null;
    }

    @Override
    void close();
}
