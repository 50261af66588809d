package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.train.RandomEffectTrainer;
import io.dlrm4j.effects.train.SampleScores;
import io.dlrm4j.effects.train.TrainingCounts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One pass over scores and random effects in which no coordinate stands behind scores that have seen its samples.
///
/// Behind a strong fixed effect a random effect can do harm in two ways: its penalty is too weak for what is left, and
/// the next coordinate learns from residuals that this one has made small on the very samples it was trained on. Here
/// each penalty is [chosen][PenaltyChoice] on held-out training samples, none of the effect among the choices, and what
/// the next coordinate stands behind is what models of other samples said. The model that is kept has seen all samples.
public final class CrossFittedDescent {
    private final List<Coordinate> coordinates;
    private final ScoreTable training;
    private final @Nullable ScoreTable validation;
    private final Map<String, PenaltyChoice> choices;
    private final List<Evaluator> evaluators;

    /// @param coordinates scores and random effects
    /// @param training scores of a coordinate here must come from models that have not seen the samples
    /// @param validation samples that nothing is chosen by, or null
    /// @param choices of the random effects' penalties, by their names
    /// @param evaluators of the validation samples
    /// @throws IllegalArgumentException for a linear fixed effect, which has no entities to hold samples out of, or
    ///     for a random effect without a choice
    public CrossFittedDescent(
            List<Coordinate> coordinates,
            ScoreTable training,
            @Nullable ScoreTable validation,
            Map<String, PenaltyChoice> choices,
            List<Evaluator> evaluators) {
        this.coordinates = List.copyOf(coordinates);
        this.training = training;
        this.validation = validation;
        this.choices = Map.copyOf(choices);
        this.evaluators = List.copyOf(evaluators);
        for (Coordinate coordinate : coordinates) {
            if (coordinate instanceof Coordinate.FixedEffect) {
                throw new IllegalArgumentException(
                        "coordinate %s is a linear fixed effect, want scores and random effects"
                                .formatted(coordinate.name()));
            }
            if (coordinate instanceof Coordinate.RandomEffect && !choices.containsKey(coordinate.name())) {
                throw new IllegalArgumentException("coordinate %s has no penalties to choose among, want one or more"
                        .formatted(coordinate.name()));
            }
        }
    }

    /// Trains.
    ///
    /// @param listener hears of every coordinate as soon as it is trained, with the penalties chosen so far
    /// @return the models of the coordinates that are not left out; the last step is the best
    /// @throws IOException when data cannot be read
    public DescentResult run(Consumer<DescentStep> listener) throws IOException {
        MixedModel model = MixedModel.EMPTY;
        List<DescentStep> steps = new ArrayList<>();
        Map<String, Double> penalties = new LinkedHashMap<>();
        for (Coordinate coordinate : coordinates) {
            TrainingCounts counts = new TrainingCounts(0, 0, 0, 0, 0, 0);
            PenaltyChoice choice = choices.get(coordinate.name());
            if (coordinate instanceof Coordinate.Scores scores) {
                CoordinateDescent.put(training, scores.name(), scores.training());
                if (validation != null) {
                    CoordinateDescent.put(validation, scores.name(), scores.validation());
                }
            } else if (coordinate instanceof Coordinate.RandomEffect effect && choice != null) {
                PenaltyChoice.Choice chosen = choice.choose(effect, training);
                penalties.put(effect.name(), chosen.penalty());
                if (chosen.penalty() != PenaltyChoice.OFF) {
                    Map<String, EntityModel> models = new LinkedHashMap<>();
                    counts = train((Coordinate.RandomEffect) effect.withPenalty(chosen.penalty()), models);
                    model = model.with(effect.name(), models);
                }
                CoordinateDescent.put(training, effect.name(), Doubles.of(chosen.heldOut()));
            }
            Map<String, Double> soFar = Collections.unmodifiableMap(new LinkedHashMap<>(penalties));
            steps.add(new DescentStep(1, coordinate.name(), counts, measure(), soFar));
            listener.accept(steps.getLast());
        }
        Doubles scores = validation == null ? Doubles.NONE : validation.totals();
        return new DescentResult(model, List.copyOf(steps), steps.size() - 1, scores);
    }

    private TrainingCounts train(Coordinate.RandomEffect effect, Map<String, EntityModel> models) throws IOException {
        SampleScores view =
                training.view(effect.name(), effect.trainer().active().compat());
        TrainingCounts counts;
        try (EntitySource source = effect.training().open()) {
            counts = new RandomEffectTrainer(effect.trainer())
                    .train(source, _ -> null, view, m -> models.put(m.entity(), m));
        }
        EntitySource.Repeatable held = effect.validation();
        if (held != null && validation != null) {
            CoordinateDescent.scoreAll(
                    held,
                    models,
                    validation.view(effect.name(), effect.trainer().active().compat()));
        }
        return counts;
    }

    private Map<String, Double> measure() throws IOException {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (validation != null) {
            for (Evaluator evaluator : evaluators) {
                metrics.put(evaluator.name(), evaluator.evaluate(validation.scored()));
            }
        }
        return metrics;
    }
}
