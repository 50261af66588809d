package io.dlrm4j.core.metric;

/// Quality of scores for labels 0 and 1; `p` is the sigmoid of the logit.
///
/// What the samples do not define is NaN, never an exception: everything but `samples` without samples; `auc` and
/// `normalizedEntropy` when all labels are the same; `calibration` without a label 1; all that depends on scores when
/// one of them is NaN.
///
/// @param samples number of samples
/// @param logLoss mean of `-(y log p + (1-y) log(1-p))`, natural logarithm
/// @param auc chance that a sample of label 1 scores above one of label 0, equal scores counted half: the area under
///     the ROC curve, exact
/// @param normalizedEntropy `logLoss` over the entropy of `baseRate`, the log loss of always answering the base rate
///     (He et al. 2014); below 1 is better than that
/// @param accuracy share of samples whose `p`, as a float rounded to the nearest integer, is the label; 0.5 rounds to 0
/// @param calibration mean `p` over `baseRate`; 1 is best
/// @param baseRate share of label 1
/// @param spread highest logit minus lowest; 0: all predictions are the same
public record BinaryMetrics(
        long samples,
        double logLoss,
        double auc,
        double normalizedEntropy,
        double accuracy,
        double calibration,
        double baseRate,
        double spread) {}
