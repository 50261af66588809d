package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntitySource;
import java.io.IOException;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the samples have of each feature; a feature that a sample does not have is 0 there. Unweighted, the variance
/// with n - 1, as Photon's.
final class FeatureStatistics {
    private double[] sums = {};
    private double[] absolutes = {};
    private double[] squares = {};
    private double[] largest = {};
    private double[] smallest = {};
    private long[] counts = {};
    private long rows;

    private FeatureStatistics() {}

    static FeatureStatistics measure(EntitySource.Repeatable samples) throws IOException {
        FeatureStatistics statistics = new FeatureStatistics();
        EntityData data = new EntityData();
        try (EntitySource source = samples.open()) {
            while (source.next(data)) {
                statistics.rows += data.rows();
                for (int k = 0; k < data.entries(); k++) {
                    statistics.add(data.indices()[k], data.values()[k]);
                }
            }
        }
        return statistics;
    }

    private void add(int feature, double value) {
        if (feature >= sums.length) {
            int room = 2 * feature + 16;
            int before = sums.length;
            sums = Arrays.copyOf(sums, room);
            absolutes = Arrays.copyOf(absolutes, room);
            squares = Arrays.copyOf(squares, room);
            counts = Arrays.copyOf(counts, room);
            largest = Arrays.copyOf(largest, room);
            smallest = Arrays.copyOf(smallest, room);
            Arrays.fill(largest, before, room, Double.NEGATIVE_INFINITY);
            Arrays.fill(smallest, before, room, Double.POSITIVE_INFINITY);
        }
        sums[feature] += value;
        absolutes[feature] += Math.abs(value);
        squares[feature] += value * value;
        counts[feature] += value == 0 ? 0 : 1;
        largest[feature] = Math.max(largest[feature], value);
        smallest[feature] = Math.min(smallest[feature], value);
    }

    /// @return one more than the largest number of a feature that occurs, or somewhat more than that
    int size() {
        return sums.length;
    }

    private boolean occurs(int feature) {
        return feature < sums.length && largest[feature] >= smallest[feature];
    }

    double max(int feature) {
        return !occurs(feature) ? 0 : counts[feature] < rows ? Math.max(largest[feature], 0) : largest[feature];
    }

    double min(int feature) {
        return !occurs(feature) ? 0 : counts[feature] < rows ? Math.min(smallest[feature], 0) : smallest[feature];
    }

    double variance(int feature) {
        if (!occurs(feature)) {
            return 0;
        }
        double around = squares[feature] - sums[feature] * sums[feature] / rows;
        return Math.max(around, 0) / Math.max(rows - 1, 1);
    }

    /// @return the numbers that Photon's `FeatureSummarizationResultAvro` holds, by their names there
    SortedMap<String, Double> metrics(int feature) {
        SortedMap<String, Double> metrics = new TreeMap<>();
        boolean occurs = occurs(feature);
        metrics.put("max", max(feature));
        metrics.put("min", min(feature));
        metrics.put("mean", occurs ? sums[feature] / rows : 0);
        metrics.put("normL1", occurs ? absolutes[feature] : 0);
        metrics.put("normL2", occurs ? Math.sqrt(squares[feature]) : 0);
        metrics.put("numNonzeros", occurs ? (double) counts[feature] : 0);
        metrics.put("variance", variance(feature));
        return metrics;
    }
}
