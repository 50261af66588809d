package io.dlrm4j.core.kernel;

import io.dlrm4j.core.engine.PooledVectors;
import io.dlrm4j.core.memory.Floats;

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
        biasGradient.fill(0f);
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
        dWeight.fill(0f);
        float biasSum = 0f;
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
    public void dotForward(Floats bottom, PooledVectors pooled, Floats out, int n, int dim, boolean itself) {
        int features = pooled.tables() + 1;
        long to = 0;
        for (int s = 0; s < n; s++) {
            for (int c = 0; c < dim; c++) {
                out.set(to++, bottom.get((long) s * dim + c));
            }
            for (int i = 0; i < features; i++) {
                for (int j = 0; j < (itself ? i + 1 : i); j++) {
                    float sum = 0f;
                    for (int c = 0; c < dim; c++) {
                        sum += feature(bottom, pooled, i, s, dim, c) * feature(bottom, pooled, j, s, dim, c);
                    }
                    out.set(to++, sum);
                }
            }
        }
    }

    private static float feature(Floats bottom, PooledVectors pooled, int feature, int s, int dim, int c) {
        return feature == 0 ? bottom.get((long) s * dim + c) : pooled.values().get(place(pooled, feature, s) + c);
    }

    private static long place(PooledVectors pooled, int feature, int s) {
        return pooled.offset(feature - 1) + (long) s * pooled.stride(feature - 1);
    }

    @Override
    public void dotBackward(
            Floats bottom, PooledVectors pooled, Floats dOut, Floats dBottom, int n, int dim, boolean itself) {
        int features = pooled.tables() + 1;
        long width = dim + Pairs.count(features, itself);
        for (int s = 0; s < n; s++) {
            for (int i = 0; i < features; i++) {
                for (int c = 0; c < dim; c++) {
                    float sum = i == 0 ? dOut.get(s * width + c) : 0f;
                    for (int j = 0; j < features; j++) {
                        if (j == i && !itself) {
                            continue;
                        }
                        float d = dOut.get(s * width + dim + Pairs.index(i, j, itself));
                        sum += (j == i ? 2f * d : d) * feature(bottom, pooled, j, s, dim, c);
                    }
                    if (i == 0) {
                        dBottom.set((long) s * dim + c, sum);
                    } else {
                        pooled.gradients().set(place(pooled, i, s) + c, sum);
                    }
                }
            }
        }
    }

    @Override
    public void sgd(Floats weights, Floats gradients, float rate) {
        for (long at = 0; at < weights.length(); at++) {
            weights.set(at, weights.get(at) - rate * gradients.get(at));
        }
    }

    @Override
    public void adagrad(Floats weights, Floats gradients, Floats state, float rate, float eps) {
        for (long at = 0; at < weights.length(); at++) {
            adagrad(weights, gradients, state, rate, eps, at);
        }
    }

    /// Updates one weight; also the tail of the vector kernel.
    static void adagrad(Floats weights, Floats gradients, Floats state, float rate, float eps, long at) {
        float g = gradients.get(at);
        float sum = state.get(at) + g * g;
        state.set(at, sum);
        weights.set(at, weights.get(at) - rate * g / ((float) Math.sqrt(sum) + eps));
    }

    @Override
    public void add(Floats into, Floats from) {
        for (long at = 0; at < into.length(); at++) {
            into.set(at, into.get(at) + from.get(at));
        }
    }
}
