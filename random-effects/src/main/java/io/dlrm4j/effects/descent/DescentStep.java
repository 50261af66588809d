package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.train.TrainingCounts;
import java.util.Map;

/// What training one coordinate once brought.
///
/// @param pass 1 for the first
/// @param coordinate its name
/// @param counts entities and samples
/// @param metrics of all coordinates together on the validation samples, by the evaluators' names, in their order
public record DescentStep(int pass, String coordinate, TrainingCounts counts, Map<String, Double> metrics) {}
