package io.dlrm4j.effects.solve;

/// What a margin `z` costs when the answer is `y`. All are convex in z, and none overflows before its true value does.
public enum Loss {
    /// `log(1 + e^z) - y z`, y from 0 to 1.
    LOGISTIC {
        @Override
        double evaluate(double[] z, double[] y, double[] w, int n, double[] slopes, double[] curvatures) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                double margin = z[i];
                double small = Math.exp(-Math.abs(margin)); // at most 1
                double other = small / (1 + small); // probability of the less likely answer, exact near 0
                sum += w[i] * (Math.max(margin, 0) - margin * y[i] + Math.log1p(small));
                slopes[i] = w[i] * (margin >= 0 ? 1 - y[i] - other : other - y[i]);
                curvatures[i] = w[i] * (other / (1 + small));
            }
            return sum;
        }
    },
    /// `(z - y)² / 2`
    SQUARED {
        @Override
        double evaluate(double[] z, double[] y, double[] w, int n, double[] slopes, double[] curvatures) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
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
        double evaluate(double[] z, double[] y, double[] w, int n, double[] slopes, double[] curvatures) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
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
        double evaluate(double[] z, double[] y, double[] w, int n, double[] slopes, double[] curvatures) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
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

    /// Computes loss, slopes and curvatures of all samples.
    ///
    /// @param z margins, `[n]`
    /// @param y labels, `[n]`
    /// @param w weights, `[n]`
    /// @param slopes takes `w dloss/dz`, `[n]`
    /// @param curvatures takes `w d²loss/dz²`, `[n]`
    /// @return the weighted sum of losses
    abstract double evaluate(double[] z, double[] y, double[] w, int n, double[] slopes, double[] curvatures);

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

    /// @param margin a score with offset
    /// @return what it predicts: a probability, a mean, or the margin itself
    public double predict(double margin) {
        return switch (this) {
            case LOGISTIC -> 1 / (1 + Math.exp(-margin));
            case POISSON -> Math.exp(margin);
            case SQUARED, SMOOTHED_HINGE -> margin;
        };
    }

    /// @return loss of one sample of weight 1
    public double of(double margin, double label) {
        double[] unused = new double[1];
        return evaluate(new double[] {margin}, new double[] {label}, new double[] {1}, 1, unused, new double[1]);
    }
}
