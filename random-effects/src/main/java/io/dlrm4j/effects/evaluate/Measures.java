package io.dlrm4j.effects.evaluate;

import io.dlrm4j.core.memory.Ints;
import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.solve.Loss;

/// The metrics of one set of samples, given as positions `from` to `to` in the order of falling score that
/// [Ranking] has left.
final class Measures {
    private final ScoredSamples samples;
    private final Ints order;
    private final Compat compat;

    Measures(ScoredSamples samples, Compat compat) {
        this.samples = samples;
        this.order = samples.order();
        this.compat = compat;
    }

    /// Weighted trapezoids (Mann and Whitney 1947). NaN when all labels are the same.
    double auc(int from, int to) {
        double area = 0;
        double positives = 0;
        double negatives = 0;
        for (int i = from; i < to; ) {
            double tiedPositives = 0;
            double tiedNegatives = 0;
            double score = samples.scores().get(order.get(i));
            for (; i < to && samples.scores().get(order.get(i)) == score; i++) {
                double weight = samples.weights().get(order.get(i));
                if (samples.labels().get(order.get(i)) > 0.5) {
                    tiedPositives += weight;
                } else {
                    tiedNegatives += weight;
                }
            }
            area += tiedNegatives * (positives + 0.5 * tiedPositives);
            positives += tiedPositives;
            negatives += tiedNegatives;
        }
        return area / (positives * negatives);
    }

    /// Photon does not weigh samples here. NaN without a positive.
    double aupr(int from, int to) {
        double area = 0;
        double hits = 0;
        double seen = 0;
        double lastHits = 0;
        double lastPrecision = Double.NaN;
        for (int i = from; i < to; ) {
            double score = samples.scores().get(order.get(i));
            for (; i < to && samples.scores().get(order.get(i)) == score; i++) {
                double weight = compat == Compat.PHOTON ? 1 : samples.weights().get(order.get(i));
                seen += weight;
                hits += samples.labels().get(order.get(i)) > 0.5 ? weight : 0;
            }
            if (seen > 0) {
                double precision = hits / seen;
                double before = Double.isNaN(lastPrecision) ? precision : lastPrecision;
                area += (hits - lastHits) * 0.5 * (precision + before);
                lastPrecision = precision;
                lastHits = hits;
            }
        }
        return area / hits;
    }

    /// Photon counts samples and divides by k even where there are fewer.
    double precision(int from, int to, int k) {
        double hits = 0;
        double seen = 0;
        for (int i = from; i < Math.min(to, from + k); i++) {
            double weight = compat == Compat.PHOTON ? 1 : samples.weights().get(order.get(i));
            hits += samples.labels().get(order.get(i)) > 0.5 ? weight : 0;
            seen += weight;
        }
        return hits / (compat == Compat.PHOTON ? k : seen);
    }

    /// Photon divides the weighted sum by the number of samples.
    double rmse(int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            double error = samples.scores().get(order.get(i)) - samples.labels().get(order.get(i));
            sum += samples.weights().get(order.get(i)) * error * error;
        }
        return Math.sqrt(sum / (compat == Compat.PHOTON ? to - from : weight(from, to)));
    }

    /// Photon gives the sum, not the mean.
    double loss(Loss loss, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += samples.weights().get(order.get(i))
                    * loss.of(
                            samples.scores().get(order.get(i)), samples.labels().get(order.get(i)));
        }
        return compat == Compat.PHOTON ? sum : sum / weight(from, to);
    }

    double weight(int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += samples.weights().get(order.get(i));
        }
        return sum;
    }
}
