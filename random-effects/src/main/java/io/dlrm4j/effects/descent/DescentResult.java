package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.column.Doubles;
import java.util.List;

/// What coordinate descent found.
///
/// @param model the models that were best on the validation samples, or those of the last step without any
/// @param steps every coordinate trained, in order: the contribution of each is the difference to the step before
/// @param best position of the step after which the model was taken
/// @param validation scores of the validation samples by that model, in the order of their table; empty without any
public record DescentResult(MixedModel model, List<DescentStep> steps, int best, Doubles validation) {
    /// @param evaluator the name of an evaluator
    /// @return its value for the model
    public double metric(String evaluator) {
        Double value = steps.get(best).metrics().get(evaluator);
        if (value == null) {
            throw new IllegalArgumentException("evaluator %s, want one of %s"
                    .formatted(evaluator, steps.get(best).metrics().keySet()));
        }
        return value;
    }
}
