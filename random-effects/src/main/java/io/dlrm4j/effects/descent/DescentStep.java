package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.train.TrainingCounts;
import java.util.Map;

/// What training one coordinate once brought.
///
/// @param pass 1 for the first
/// @param coordinate its name
/// @param counts entities and samples
/// @param metrics of all coordinates together on the validation samples, by the evaluators' names, in their order
/// @param penalties that a search gave to coordinates so far, by name: the sum of L1 and L2, [PenaltyChoice#OFF] for a
///     coordinate that is left out; none where nothing is searched
public record DescentStep(
        int pass,
        String coordinate,
        TrainingCounts counts,
        Map<String, Double> metrics,
        Map<String, Double> penalties) {
    /// Without a search.
    public DescentStep(int pass, String coordinate, TrainingCounts counts, Map<String, Double> metrics) {
        this(pass, coordinate, counts, metrics, Map.of());
    }
}
