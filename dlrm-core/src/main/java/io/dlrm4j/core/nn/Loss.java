package io.dlrm4j.core.nn;

import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.memory.Floats;

/// Losses of a logit `z` and a label `y` in [0, 1], with `p = sigmoid(z)`, in double precision from the logit on.
///
/// | kind | loss | gradient by z |
/// | --- | --- | --- |
/// | BCE | `-(y log p + (1-y) log(1-p))`, each log not below -100 | `p - y` |
/// | MSE | `(p - y)²` | `2 (p - y) p (1 - p)` |
///
/// No logit overflows: `-log p` is taken as `log(1 + exp(-z))`. The bound on the logs is the reference
/// implementation's; the gradient is that of the loss without the bound, so that a hopeless sample still pulls.
public final class Loss {
    private static final double MOST = 100;

    private Loss() {}

    /// @param logits `[n]`
    /// @param labels of which `n` from `first` on count
    /// @param first label of the first logit
    /// @param scale by which each gradient is multiplied
    /// @param dLogits receives the scaled gradients, `[n]`
    /// @return the sum of the samples' losses, in the order of the samples; NaN when a logit is no finite number
    public static double sum(
            LossKind kind, Floats logits, Floats labels, int first, float scale, Floats dLogits, int n) {
        double sum = 0;
        for (int s = 0; s < n; s++) {
            double z = logits.get(s);
            double y = labels.get(first + s);
            double p = sigmoid(z);
            double slope = switch (kind) {
                case BCE -> p - y;
                case MSE -> 2 * (p - y) * p * (1 - p);
            };
            sum += Double.isFinite(z) ? 0 : Double.NaN; // the bound would hide an infinite logit
            sum += switch (kind) {
                case BCE -> y * Math.min(softplus(-z), MOST) + (1 - y) * Math.min(softplus(z), MOST);
                case MSE -> (p - y) * (p - y);
            };
            dLogits.set(s, (float) (slope * scale));
        }
        return sum;
    }

    private static double sigmoid(double z) {
        return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
    }

    /// @return `log(1 + exp(z))`
    private static double softplus(double z) {
        return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
}
