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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// One pass over scores and random effects in which no coordinate stands behind scores that have seen its samples.
///
/// Behind a strong fixed effect a random effect can do harm in two ways: its penalty is too weak for what is left, and
/// the next coordinate learns from residuals that this one has made small on the very samples it was trained on. Here
/// each penalty is [chosen][PenaltyChoice] on held-out training samples, none of the effect among the choices, and what
/// the next coordinate stands behind is what models of other samples said. The model that is kept has seen all samples.
public final class CrossFittedDescent {
    private final List<Coordinate> coordinates;
    private final ScoreTable training;
    private final ScoreTable validation;
    private final PenaltyChoice choice;
    private final List<Evaluator> evaluators;

    /// What one coordinate brought.
    ///
    /// @param step counts and metrics of the validation samples
    /// @param penalty that was chosen, [PenaltyChoice#OFF] for an effect left out, NaN for scores
    public record Step(DescentStep step, double penalty) {}

    /// What was found.
    ///
    /// @param model of the coordinates that are not left out
    /// @param steps in the order of the coordinates
    public record Result(MixedModel model, List<Step> steps) {}

    /// @param coordinates scores and random effects, with validation data
    /// @param training scores of a coordinate here must come from models that have not seen the samples
    /// @param validation samples that nothing is chosen by
    /// @param choice of penalties
    /// @param evaluators of the validation samples
    /// @throws IllegalArgumentException for a linear fixed effect, which has no entities to hold samples out of
    public CrossFittedDescent(
            List<Coordinate> coordinates,
            ScoreTable training,
            ScoreTable validation,
            PenaltyChoice choice,
            List<Evaluator> evaluators) {
        this.coordinates = List.copyOf(coordinates);
        this.training = training;
        this.validation = validation;
        this.choice = choice;
        this.evaluators = List.copyOf(evaluators);
        for (Coordinate coordinate : coordinates) {
            if (coordinate instanceof Coordinate.FixedEffect) {
                throw new IllegalArgumentException(
                        "coordinate %s is a linear fixed effect, want scores and random effects"
                                .formatted(coordinate.name()));
            }
        }
    }

    /// Trains.
    ///
    /// @param listener hears of every coordinate as soon as it is trained
    /// @throws IOException when data cannot be read
    public Result run(Consumer<Step> listener) throws IOException {
        MixedModel model = MixedModel.EMPTY;
        List<Step> steps = new ArrayList<>();
        for (Coordinate coordinate : coordinates) {
            TrainingCounts counts = new TrainingCounts(0, 0, 0, 0, 0, 0);
            double penalty = Double.NaN;
            if (coordinate instanceof Coordinate.Scores scores) {
                CoordinateDescent.put(training, scores.name(), scores.training());
                CoordinateDescent.put(validation, scores.name(), scores.validation());
            } else if (coordinate instanceof Coordinate.RandomEffect effect) {
                PenaltyChoice.Choice chosen = choice.choose(effect, training);
                penalty = chosen.penalty();
                if (penalty != PenaltyChoice.OFF) {
                    Map<String, EntityModel> models = new LinkedHashMap<>();
                    counts = train((Coordinate.RandomEffect) effect.withPenalty(penalty), models);
                    model = model.with(effect.name(), models);
                }
                CoordinateDescent.put(training, effect.name(), Doubles.of(chosen.heldOut()));
            }
            steps.add(new Step(new DescentStep(1, coordinate.name(), counts, measure()), penalty));
            listener.accept(steps.getLast());
        }
        return new Result(model, List.copyOf(steps));
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
        if (held != null) {
            CoordinateDescent.scoreAll(
                    held,
                    models,
                    validation.view(effect.name(), effect.trainer().active().compat()));
        }
        return counts;
    }

    private Map<String, Double> measure() throws IOException {
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (Evaluator evaluator : evaluators) {
            metrics.put(evaluator.name(), evaluator.evaluate(validation.scored()));
        }
        return metrics;
    }
}
