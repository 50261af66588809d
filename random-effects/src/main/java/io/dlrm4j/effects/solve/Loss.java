package io.dlrm4j.effects.solve;

import io.dlrm4j.core.kernel.RegressionKernels;

/// What a margin `z` costs when the answer is `y`. All are convex in z, and none overflows before its true value does.
public enum Loss {
    /// `log(1 + e^z) - y z`, y from 0 to 1.
    LOGISTIC {
        @Override
        double evaluate(Samples samples) {
            double[] losses = samples.losses;
            KERNELS.logistic(
                    samples.margins,
                    samples.labels,
                    samples.weights,
                    samples.n,
                    losses,
                    samples.slopes,
                    samples.curvatures);
            double sum = 0;
            for (int i = 0; i < samples.n; i++) {
                sum += losses[i];
            }
            return sum;
        }
    },
    /// `(z - y)² / 2`
    SQUARED {
        @Override
        double evaluate(Samples samples) {
            double[] z = samples.margins;
            double[] y = samples.labels;
            double[] w = samples.weights;
            double[] slopes = samples.slopes;
            double[] curvatures = samples.curvatures;
            double sum = 0;
            for (int i = 0; i < samples.n; i++) {
                double error = z[i] - y[i];
                sum += 0.5 * w[i] * error * error;
                slopes[i] = w[i] * error;
                curvatures[i] = w[i];
            }
            return sum;
        }
    },
    /// `e^z - y z`, y of 0 or more: counts.
    POISSON {
        @Override
        double evaluate(Samples samples) {
            double[] z = samples.margins;
            double[] y = samples.labels;
            double[] w = samples.weights;
            double[] slopes = samples.slopes;
            double[] curvatures = samples.curvatures;
            double sum = 0;
            for (int i = 0; i < samples.n; i++) {
                double mean = Math.exp(z[i]);
                sum += w[i] * (mean - y[i] * z[i]);
                slopes[i] = w[i] * (mean - y[i]);
                curvatures[i] = w[i] * mean;
            }
            return sum;
        }
    },
    /// With `s = (2y - 1) z`: `½ - s` up to 0, `(1 - s)²/2` up to 1, then 0 (Rennie and Srebro 2005); y is 0 or 1. Its
    /// curvature jumps.
    SMOOTHED_HINGE {
        @Override
        double evaluate(Samples samples) {
            double[] z = samples.margins;
            double[] y = samples.labels;
            double[] w = samples.weights;
            double[] slopes = samples.slopes;
            double[] curvatures = samples.curvatures;
            double sum = 0;
            for (int i = 0; i < samples.n; i++) {
                double sign = 2 * y[i] - 1;
                double missing = 1 - sign * z[i]; // of a margin of 1
                double inside = Math.clamp(missing, 0, 1);
                sum += w[i] * inside * (missing - 0.5 * inside);
                slopes[i] = -sign * w[i] * inside;
                curvatures[i] = missing > 0 && missing < 1 ? w[i] : 0;
            }
            return sum;
        }
    };

    private static final RegressionKernels KERNELS = RegressionKernels.best();

    /// Computes loss, slopes and curvatures of all samples.
    ///
    /// @param samples whose margins are set; takes the derivatives
    /// @return the weighted sum of losses
    abstract double evaluate(Samples samples);

    /// @param label a sample's label
    /// @return whether this loss is made for it
    public boolean accepts(double label) {
        return switch (this) {
            case LOGISTIC -> label >= 0 && label <= 1;
            case SMOOTHED_HINGE -> label == 0 || label == 1;
            case POISSON -> label >= 0;
            case SQUARED -> true;
        };
    }

    /// @return which labels this loss is made for, for messages
    public String acceptedLabels() {
        return switch (this) {
            case LOGISTIC -> "0 to 1";
            case SMOOTHED_HINGE -> "0 or 1";
            case POISSON -> "0 or more";
            case SQUARED -> "any number";
        };
    }

    /// @return loss of one sample of weight 1
    public double of(double margin, double label) {
        return switch (this) {
            case LOGISTIC -> Math.max(margin, 0) - margin * label + Math.log1p(Math.exp(-Math.abs(margin)));
            case SQUARED -> 0.5 * (margin - label) * (margin - label);
            case POISSON -> Math.exp(margin) - label * margin;
            case SMOOTHED_HINGE -> {
                double missing = 1 - (2 * label - 1) * margin;
                double inside = Math.clamp(missing, 0, 1);
                yield inside * (missing - 0.5 * inside);
            }
        };
    }
}
