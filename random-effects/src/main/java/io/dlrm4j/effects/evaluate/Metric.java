package io.dlrm4j.effects.evaluate;

import io.dlrm4j.effects.solve.Loss;

/// What is measured on a set of samples.
public enum Metric {
    /// Chance that a sample of label 1 scores above one of label 0, equal scores counted half: the area under the ROC
    /// curve.
    AUC(true),
    /// Area under precision over recall, by trapezoids between distinct scores; the first point is at recall 0.
    AUPR(true),
    /// Precision among the k best scores.
    PRECISION_AT_K(true),
    /// Root of the mean squared difference between score and label.
    RMSE(false),
    /// Mean logistic loss.
    LOGISTIC_LOSS(false),
    /// Mean Poisson loss.
    POISSON_LOSS(false),
    /// Mean of half the squared difference.
    SQUARED_LOSS(false),
    /// Mean smoothed hinge loss.
    SMOOTHED_HINGE_LOSS(false);

    private final boolean larger;

    Metric(boolean larger) {
        this.larger = larger;
    }

    /// @return whether a larger number is better
    public boolean largerIsBetter() {
        return larger;
    }

    Loss loss() {
        return switch (this) {
            case LOGISTIC_LOSS -> Loss.LOGISTIC;
            case POISSON_LOSS -> Loss.POISSON;
            case SMOOTHED_HINGE_LOSS -> Loss.SMOOTHED_HINGE;
            case SQUARED_LOSS, RMSE, AUC, AUPR, PRECISION_AT_K -> Loss.SQUARED;
        };
    }
}
