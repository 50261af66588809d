package io.dlrm4j.effects.evaluate;

import java.util.Map;

/// Scores with what they are held against.
///
/// @param scores margins with offset, `[n]`
/// @param labels `[n]`
/// @param weights `[n]`
/// @param groups for each kind of entity the number of each sample's entity, 0 to one below their count, `[n]`
@SuppressWarnings("ArrayRecordComponent") // of millions of samples, never compared
public record ScoredSamples(double[] scores, double[] labels, double[] weights, Map<String, int[]> groups) {
    /// @throws IllegalArgumentException when lengths differ
    public ScoredSamples {
        if (labels.length != scores.length || weights.length != scores.length) {
            throw new IllegalArgumentException("%d scores, %d labels, %d weights, want as many of each"
                    .formatted(scores.length, labels.length, weights.length));
        }
        groups.forEach((kind, of) -> {
            if (of.length != labels.length) {
                throw new IllegalArgumentException(
                        "%d entities of kind %s for %d samples".formatted(of.length, kind, labels.length));
            }
        });
    }
}
