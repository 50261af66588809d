package io.dlrm4j.effects.evaluate;

import java.util.Arrays;

/// How far two models differ on the same samples: what a person sees of it when one replaces the other, be they
/// equally good (Anil et al. 2018, arXiv 1804.03235, call it prediction churn).
public final class Churn {
    private static final int DECILE = 10;

    private final double[][] logits = new double[2][1024];
    private int samples;
    private double difference;
    private final double[] losses = new double[2];

    /// Takes one sample.
    ///
    /// @param label 0 or 1
    /// @param first logit of the first model
    /// @param second logit of the second
    public void add(double label, double first, double second) {
        if (samples == logits[0].length) {
            for (int model = 0; model < 2; model++) {
                logits[model] = Arrays.copyOf(logits[model], 2 * samples);
            }
        }
        logits[0][samples] = first;
        logits[1][samples] = second;
        samples++;
        difference += Math.abs(probability(first) - probability(second));
        losses[0] += loss(label, first);
        losses[1] += loss(label, second);
    }

    private static double probability(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    private static double loss(double label, double logit) {
        return Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
    }

    /// @return samples taken
    public int samples() {
        return samples;
    }

    /// @return mean difference of the probabilities, without its sign
    public double meanDifference() {
        return difference / samples;
    }

    /// @return mean log loss of the first model, then of the second
    public double[] logLosses() {
        return new double[] {losses[0] / samples, losses[1] / samples};
    }

    /// @return part of the first model's highest tenth of the samples that is not in the second's; of equal
    ///     logits the samples that came first are higher
    public double topDecileFlips() {
        int top = Math.ceilDiv(samples, DECILE);
        boolean[] first = top(logits[0], top);
        boolean[] second = top(logits[1], top);
        int flips = 0;
        for (int i = 0; i < samples; i++) {
            flips += first[i] && !second[i] ? 1 : 0;
        }
        return (double) flips / top;
    }

    private boolean[] top(double[] values, int count) {
        double[] sorted = Arrays.copyOf(values, samples);
        Arrays.sort(sorted);
        double threshold = sorted[samples - count];
        int equal = count;
        for (int i = 0; i < samples; i++) {
            equal -= values[i] > threshold ? 1 : 0;
        }
        boolean[] in = new boolean[samples];
        for (int i = 0; i < samples; i++) {
            in[i] = values[i] > threshold || (values[i] == threshold && equal-- > 0);
        }
        return in;
    }
}
