package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.Evaluator;
import java.util.List;
import java.util.Set;

/// How coordinates are trained in turn.
///
/// @param passes over all coordinates; the second and later ones leave locked coordinates out
/// @param locked coordinates that keep their models
/// @param evaluators of the validation samples; the first decides which pass was best
/// @param compat whose known defects are reproduced
public record DescentSettings(int passes, Set<String> locked, List<Evaluator> evaluators, Compat compat) {
    /// @throws IllegalArgumentException for no pass
    public DescentSettings {
        if (passes < 1) {
            throw new IllegalArgumentException("passes=%d, want 1 or more".formatted(passes));
        }
        locked = Set.copyOf(locked);
        evaluators = List.copyOf(evaluators);
    }

    /// @param evaluators of the validation samples
    /// @return one pass over everything
    public static DescentSettings onePass(Evaluator... evaluators) {
        return new DescentSettings(1, Set.of(), List.of(evaluators), Compat.NONE);
    }
}
