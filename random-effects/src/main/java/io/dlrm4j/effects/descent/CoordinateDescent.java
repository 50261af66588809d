package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.column.Doubles;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.EntitySource;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.evaluate.ScoredSamples;
import io.dlrm4j.effects.optimize.Ending;
import io.dlrm4j.effects.solve.Solver;
import io.dlrm4j.effects.train.RandomEffectTrainer;
import io.dlrm4j.effects.train.SampleScores;
import io.dlrm4j.effects.train.TrainingCounts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Block coordinate descent: each coordinate is fitted with everything that the others say as its offset.
///
/// ```
/// new CoordinateDescent(List.of(deep, perUser, perMovie), training, validation, DescentSettings.onePass(auc))
///         .run(MixedModel.EMPTY, step -> {});
/// ```
///
/// Entities of an old model that the new data do not have keep their models. With validation samples the models that
/// the first evaluator likes best are kept, looked at after each coordinate from the end of the first pass on.
public final class CoordinateDescent {
    private final List<Coordinate> coordinates;
    private final ScoreTable training;
    private final @Nullable ScoreTable validation;
    private final DescentSettings settings;

    /// @param coordinates in the order in which they are trained
    /// @param training its samples
    /// @param validation samples to evaluate on, or null
    /// @param settings passes, locks, evaluators
    /// @throws IllegalArgumentException when names are there twice, or validation data are missing
    public CoordinateDescent(
            List<Coordinate> coordinates,
            ScoreTable training,
            @Nullable ScoreTable validation,
            DescentSettings settings) {
        this.coordinates = List.copyOf(coordinates);
        this.training = training;
        this.validation = validation;
        this.settings = settings;
        Set<String> names = new HashSet<>();
        for (Coordinate coordinate : coordinates) {
            if (!names.add(coordinate.name())) {
                throw new IllegalArgumentException(
                        "coordinate %s is there twice, want each once".formatted(coordinate.name()));
            }
        }
        for (String locked : settings.locked()) {
            if (!names.contains(locked)) {
                throw new IllegalArgumentException("locked coordinate %s, want one of %s".formatted(locked, names));
            }
        }
        if (validation == null != settings.evaluators().isEmpty()) {
            throw new IllegalArgumentException("%d evaluators with%s validation samples, want both or neither"
                    .formatted(settings.evaluators().size(), validation == null ? "out" : ""));
        }
    }

    /// Trains.
    ///
    /// @param start models to begin with: they are scored first, and solvers start there
    /// @param listener hears of every coordinate as soon as it is trained
    /// @return the best models, and what each step brought
    /// @throws IOException when data cannot be read
    public DescentResult run(MixedModel start, Consumer<DescentStep> listener) throws IOException {
        MixedModel model = start;
        for (Coordinate coordinate : coordinates) {
            scoreStart(coordinate, model);
        }
        List<DescentStep> steps = new ArrayList<>();
        int best = -1;
        MixedModel bestModel = model;
        Doubles bestScores = Doubles.NONE;
        int first = coordinates.size() - 1; // from here on every coordinate has been trained
        for (int pass = 1; pass <= settings.passes(); pass++) {
            for (Coordinate coordinate : coordinates) {
                boolean fixed = coordinate instanceof Coordinate.Scores
                        || settings.locked().contains(coordinate.name());
                if (pass > 1 && fixed) {
                    continue;
                }
                TrainingCounts counts = new TrainingCounts(0, 0, 0, 0, 0, 0);
                if (!fixed) {
                    Trained trained = train(coordinate, model);
                    model = model.with(coordinate.name(), trained.models);
                    counts = trained.counts;
                }
                steps.add(new DescentStep(pass, coordinate.name(), counts, measure()));
                listener.accept(steps.getLast());
                int now = steps.size() - 1;
                if (now >= first && (best < 0 || isBetter(steps.get(now), steps.get(best)))) {
                    best = now;
                    bestModel = model;
                    if (validation != null && bestScores.length() == 0) {
                        bestScores = validation.totals();
                    } else if (validation != null) {
                        validation.fillTotals(bestScores);
                    }
                }
            }
        }
        return new DescentResult(bestModel, List.copyOf(steps), best, bestScores);
    }

    private record Trained(Map<String, EntityModel> models, TrainingCounts counts) {}

    /// Without validation samples the last is the best.
    private boolean isBetter(DescentStep now, DescentStep best) {
        if (settings.evaluators().isEmpty()) {
            return true;
        }
        Evaluator evaluator = settings.evaluators().getFirst();
        double value = now.metrics().getOrDefault(evaluator.name(), Double.NaN);
        return evaluator.isBetter(value, best.metrics().getOrDefault(evaluator.name(), Double.NaN));
    }

    private void scoreStart(Coordinate coordinate, MixedModel model) throws IOException {
        if (coordinate instanceof Coordinate.Scores scores) {
            put(training, scores.name(), scores.training());
            if (validation != null) {
                put(validation, scores.name(), scores.validation());
            }
            return;
        }
        Map<String, EntityModel> models = model.coordinates().getOrDefault(coordinate.name(), Map.of());
        if (models.isEmpty() && settings.locked().contains(coordinate.name())) {
            throw new IllegalArgumentException(
                    "coordinate %s is locked and has no model to keep".formatted(coordinate.name()));
        }
        if (!models.isEmpty()) {
            switch (coordinate) {
                case Coordinate.FixedEffect fixed ->
                    scoreRows(fixed.training(), models, training.view(fixed.name(), settings.compat()));
                case Coordinate.RandomEffect random ->
                    scoreAll(random.training(), models, training.view(random.name(), settings.compat()));
                case Coordinate.Scores _ -> {}
            }
            scoreValidation(coordinate, models);
        }
    }

    static void put(ScoreTable table, String name, Doubles scores) throws IOException {
        if (scores.length() != table.rows()) {
            throw new IllegalArgumentException("coordinate %s: %d scores for %d samples, want as many"
                    .formatted(name, scores.length(), table.rows()));
        }
        table.scoresOf(name).copyFrom(scores);
    }

    private Trained train(Coordinate coordinate, MixedModel model) throws IOException {
        Map<String, EntityModel> old = model.coordinates().getOrDefault(coordinate.name(), Map.of());
        Map<String, EntityModel> models = new LinkedHashMap<>(old);
        SampleScores view = training.view(coordinate.name(), settings.compat());
        TrainingCounts counts = switch (coordinate) {
            case Coordinate.FixedEffect fixed -> trainFixed(fixed, old.get(fixed.name()), view, models);
            case Coordinate.RandomEffect random -> {
                try (EntitySource source = random.training().open()) {
                    yield new RandomEffectTrainer(random.trainer())
                            .train(source, old::get, view, m -> models.put(m.entity(), m));
                }
            }
            case Coordinate.Scores _ -> throw new IllegalStateException("scores are not trained");
        };
        scoreValidation(coordinate, models);
        return new Trained(models, counts);
    }

    private static TrainingCounts trainFixed(
            Coordinate.FixedEffect fixed,
            @Nullable EntityModel old,
            SampleScores view,
            Map<String, EntityModel> models) {
        EntityData data = fixed.training();
        for (int row = 0; row < data.rows(); row++) {
            data.setOffset(row, view.offset(data.uids()[row], data.offsets()[row]));
        }
        Solver solver = new Solver(fixed.solver());
        Ending ending = solver.solve(data, old);
        models.put(fixed.name(), solver.model().named(fixed.name()));
        scoreRows(data, models, view);
        int unfinished = ending == Ending.ITERATIONS ? 1 : 0;
        return new TrainingCounts(1, 1, data.rows(), data.rows(), solver.iterations(), unfinished);
    }

    private void scoreValidation(Coordinate coordinate, Map<String, EntityModel> models) throws IOException {
        if (validation == null) {
            return;
        }
        SampleScores view = validation.view(coordinate.name(), settings.compat());
        switch (coordinate) {
            case Coordinate.FixedEffect fixed -> {
                if (fixed.validation() != null) {
                    scoreRows(fixed.validation(), models, view);
                }
            }
            case Coordinate.RandomEffect random -> {
                if (random.validation() != null) {
                    scoreAll(random.validation(), models, view);
                }
            }
            case Coordinate.Scores _ -> {}
        }
    }

    static void scoreAll(EntitySource.Repeatable entities, Map<String, EntityModel> models, SampleScores view)
            throws IOException {
        EntityData data = new EntityData();
        try (EntitySource source = entities.open()) {
            while (source.next(data)) {
                score(data, models.get(data.entity()), view);
            }
        }
    }

    private static void scoreRows(EntityData data, Map<String, EntityModel> models, SampleScores view) {
        score(data, models.values().iterator().next(), view); // a fixed effect has one model
    }

    private static void score(EntityData data, @Nullable EntityModel model, SampleScores view) {
        for (int row = 0; row < data.rows(); row++) {
            view.put(data.uids()[row], model == null ? 0 : model.score(data, row));
        }
    }

    private Map<String, Double> measure() throws IOException {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (validation != null) {
            ScoredSamples scored = validation.scored();
            for (Evaluator evaluator : settings.evaluators()) {
                metrics.put(evaluator.name(), evaluator.evaluate(scored));
            }
        }
        return metrics;
    }
}
