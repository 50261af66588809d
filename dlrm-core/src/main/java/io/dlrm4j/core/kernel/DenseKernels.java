package io.dlrm4j.core.kernel;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;

/// Everything of the dense part that is not a matrix product: bias and ReLU, the one-wide last layer, the dot
/// interaction, the update rules and the sum of two buffers.
///
/// Matrices are row-major without gaps; `n` counts samples and may be smaller than a buffer has room for, also 0.
/// Widths are taken from the vectors they belong to (a bias, a weight). Sums over samples run in the order of the
/// samples, so they are the same bits in every implementation; sums within a row may be taken in another order, but in
/// the same one at every call and on every processor.
public interface DenseKernels {
    /// @return vector kernels where the processor has vectors of at least 256 bits, else plain loops
    static DenseKernels best() {
        return VectorSupport.available() ? new VectorDenseKernels() : new ScalarDenseKernels();
    }

    /// @return what computes, for the log: `vectors of 512 bits`
    String description();

    /// Adds the bias to each row and cuts off below zero, in place: `values = max(values + bias, 0)`.
    ///
    /// @param values `[n, out]`
    /// @param bias `[out]`
    void addBiasRelu(Floats values, Floats bias, int n);

    /// Takes ReLU's derivative (0 where the output is 0) and adds to the bias's gradient in one pass.
    ///
    /// @param gradient by the layer's output, becomes that by its input to ReLU, `[n, out]`
    /// @param output of the layer after ReLU, `[n, out]`
    /// @param biasGradient to which the sum over the samples is added, `[out]`
    void reluBackward(Floats gradient, Floats output, Floats biasGradient, int n);

    /// Computes a linear layer of width 1: `logits = input · weight + bias`. Memory bound, so not a matrix product.
    ///
    /// @param input `[n, in]`
    /// @param weight `[in]`
    /// @param bias `[1]`
    /// @param logits receives `[n]`
    void logitForward(Floats input, Floats weight, Floats bias, Floats logits, int n);

    /// Takes the derivative of [#logitForward].
    ///
    /// @param input `[n, in]`
    /// @param weight `[in]`
    /// @param dLogits `[n]`
    /// @param dInput receives `[n, in]`
    /// @param dWeight to which the sum over the samples is added, `[in]`
    /// @param dBias to which the sum over the samples is added, `[1]`
    void logitBackward(Floats input, Floats weight, Floats dLogits, Floats dInput, Floats dWeight, Floats dBias, int n);

    /// @param tables number of tables
    /// @param dim width `d` of the feature vectors
    /// @param itself whether each vector also meets itself
    /// @return the dot interaction of that model, for one thread at a time
    DotInteraction dotInteraction(int tables, int dim, boolean itself);

    /// Applies `weights -= rate * gradients`.
    ///
    /// @return whether all that was written is finite
    boolean sgd(Floats weights, Floats gradients, float rate);

    /// Applies `state += gradients²`, `weights -= rate * gradients / (sqrt(state) + eps)` (Duchi et al. 2011).
    ///
    /// @return whether all that was written is finite
    boolean adagrad(Floats weights, Floats gradients, Floats state, float rate, float eps);

    /// @return whether all values are finite
    boolean areFinite(Floats values);

    /// Adds `floats` floats of `from` at byte `fromByte` to those of `into` at byte `intoByte`, element by element.
    void add(MemorySegment into, long intoByte, MemorySegment from, long fromByte, long floats);
}
