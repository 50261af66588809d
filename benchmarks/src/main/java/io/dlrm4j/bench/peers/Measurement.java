package io.dlrm4j.bench.peers;

import java.util.Collection;
import java.util.List;

/// What one side did at one batch size in one round.
///
/// @param side its name
/// @param ids kind of ids
/// @param batch samples of a step
/// @param millis of one step, for each window
/// @param peakMebibytes most memory of its processes together
record Measurement(String side, String ids, int batch, List<Double> millis, double peakMebibytes) {
    /// @return the fastest window
    double best() {
        return millis.stream().mapToDouble(m -> m).min().orElseThrow();
    }

    /// @return the middle window
    double median() {
        return median(millis);
    }

    /// @return the middle value, the mean of two for an even number
    static double median(Collection<Double> values) {
        double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("median of no values");
        }
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
