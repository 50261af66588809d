package io.dlrm4j.core.metric;

import java.util.Locale;
import java.util.StringJoiner;

/// Says it plainly when scores show nothing that the base rate does not.
public final class LearningCheck {
    /// Logits closer than this are one prediction.
    private static final double SAME = 1e-6;
    /// Around 0.5 an AUC is chance: within three standard errors, but never beyond the second.
    private static final double NEAREST_TO_CHANCE = 0.005;

    private static final double FARTHEST_FROM_CHANCE = 0.02;
    private static final double STANDARD_ERRORS = 3;
    /// Share of the base rate's entropy by which a log loss must differ from it.
    private static final double STUCK = 0.001;

    private LearningCheck() {}

    /// @param quality of the scores of samples of both labels; others prove nothing
    /// @return one sentence: constant predictions, an AUC of chance, a log loss of always answering the base rate;
    ///     empty where there is nothing to say
    public static String verdict(BinaryMetrics quality) {
        StringJoiner found = new StringJoiner("; ");
        double p = quality.baseRate();
        if (!(p > 0 && p < 1)) {
            return "";
        }
        if (quality.spread() < SAME) {
            double mean = quality.calibration() * p;
            found.add(String.format(Locale.ROOT, "all %d predictions are %.4f", quality.samples(), mean));
        }
        double samples = quality.samples();
        double error = Math.sqrt((samples + 1) / (12 * samples * samples * p * (1 - p)));
        double chance = Math.clamp(STANDARD_ERRORS * error, NEAREST_TO_CHANCE, FARTHEST_FROM_CHANCE);
        if (Math.abs(quality.auc() - 0.5) < chance) { // never for NaN
            found.add(String.format(Locale.ROOT, "AUC %.4f is chance", quality.auc()));
        }
        String stuck = stuck(quality.logLoss(), p);
        if (!stuck.isEmpty()) {
            found.add(stuck);
        }
        return found.length() == 0 ? "" : "the model has learned nothing: " + found;
    }

    /// @param logLoss mean over some samples
    /// @param baseRate share of label 1 among the same
    /// @return one phrase when the loss is that of always answering the base rate, its entropy; else empty
    public static String stuck(double logLoss, double baseRate) {
        double entropy = -baseRate * Math.log(baseRate) - (1 - baseRate) * Math.log1p(-baseRate);
        return Math.abs(logLoss / entropy - 1) < STUCK // never for NaN
                ? String.format(
                        Locale.ROOT,
                        "log loss %.5f is that of always answering the base rate %.4f: %.5f",
                        logLoss,
                        baseRate,
                        entropy)
                : "";
    }
}
