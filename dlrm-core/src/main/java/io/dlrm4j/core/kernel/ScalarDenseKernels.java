package io.dlrm4j.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import io.dlrm4j.core.memory.Floats;
import java.lang.foreign.MemorySegment;

/// The dense kernels as plain loops: what the vector kernels are tested against, and what runs without vectors.
public final class ScalarDenseKernels implements DenseKernels {
    @Override
    public String description() {
        return "plain loops";
    }

    @Override
    public void addBiasRelu(Floats values, Floats bias, int n) {
        long out = bias.length();
        for (long at = 0; at < n * out; at++) {
            values.set(at, Math.max(values.get(at) + bias.get(at % out), 0f));
        }
    }

    @Override
    public void reluBackward(Floats gradient, Floats output, Floats biasGradient, int n) {
        long out = biasGradient.length();
        for (long at = 0; at < n * out; at++) {
            float value = output.get(at) <= 0f ? 0f : gradient.get(at);
            gradient.set(at, value);
            biasGradient.set(at % out, biasGradient.get(at % out) + value);
        }
    }

    @Override
    public void logitForward(Floats input, Floats weight, Floats bias, Floats logits, int n) {
        long in = weight.length();
        for (int s = 0; s < n; s++) {
            float sum = 0f;
            for (long i = 0; i < in; i++) {
                sum += input.get(s * in + i) * weight.get(i);
            }
            logits.set(s, sum + bias.get(0));
        }
    }

    @Override
    public void logitBackward(
            Floats input, Floats weight, Floats dLogits, Floats dInput, Floats dWeight, Floats dBias, int n) {
        float biasSum = dBias.get(0);
        long in = weight.length();
        for (int s = 0; s < n; s++) {
            float d = dLogits.get(s);
            biasSum += d;
            for (long i = 0; i < in; i++) {
                dInput.set(s * in + i, d * weight.get(i));
                dWeight.set(i, dWeight.get(i) + d * input.get(s * in + i));
            }
        }
        dBias.set(0, biasSum);
    }

    @Override
    public DotInteraction dotInteraction(int tables, int dim, boolean itself) {
        return new ScalarDotInteraction(tables, dim, itself);
    }

    @Override
    public boolean sgd(Floats weights, Floats gradients, float rate) {
        boolean finite = true;
        for (long at = 0; at < weights.length(); at++) {
            finite &= sgd(weights, gradients, rate, at);
        }
        return finite;
    }

    /// Updates one weight; also the tail of the vector kernel.
    ///
    /// @return whether it is finite
    static boolean sgd(Floats weights, Floats gradients, float rate, long at) {
        float moved = weights.get(at) - rate * gradients.get(at);
        weights.set(at, moved);
        return Float.isFinite(moved);
    }

    @Override
    public boolean adagrad(Floats weights, Floats gradients, Floats state, float rate, float eps) {
        boolean finite = true;
        for (long at = 0; at < weights.length(); at++) {
            finite &= adagrad(weights, gradients, state, rate, eps, at);
        }
        return finite;
    }

    /// Updates one weight; also the tail of the vector kernel.
    ///
    /// @return whether it and its state are finite
    static boolean adagrad(Floats weights, Floats gradients, Floats state, float rate, float eps, long at) {
        float g = gradients.get(at);
        float sum = state.get(at) + g * g;
        state.set(at, sum);
        float moved = weights.get(at) - rate * g / ((float) Math.sqrt(sum) + eps);
        weights.set(at, moved);
        return Float.isFinite(moved) && Float.isFinite(sum);
    }

    @Override
    public boolean areFinite(Floats values) {
        return values.firstNotFinite() < 0;
    }

    @Override
    public void add(MemorySegment into, long intoByte, MemorySegment from, long fromByte, long floats) {
        for (long i = 0, at = 0; i < floats; i++, at += Float.BYTES) {
            float sum = into.get(JAVA_FLOAT_UNALIGNED, intoByte + at) + from.get(JAVA_FLOAT_UNALIGNED, fromByte + at);
            into.set(JAVA_FLOAT_UNALIGNED, intoByte + at, sum);
        }
    }
}
