package io.dlrm4j.effects.descent;

import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.search.PointSearch;
import io.dlrm4j.effects.solve.Regularization;
import io.dlrm4j.effects.solve.SolverSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Tries several regularizations of the coordinates and keeps the best by the first evaluator.
///
/// [#path] takes all combinations of given weights, from strong to weak, each starting from the models of the one
/// before, or from those that are given. [#search] lets a [PointSearch], random or Bayesian, choose the logarithms of
/// the
/// weights.
public final class Tuning {
    private final List<Coordinate> coordinates;
    private final ScoreTable training;
    private final ScoreTable validation;
    private final DescentSettings settings;
    private final MixedModel start;

    /// One set of weights that was tried.
    ///
    /// @param weights the penalty of each tuned coordinate, by name
    /// @param result what coordinate descent found with them
    public record Trial(Map<String, Double> weights, DescentResult result) {}

    /// @param coordinates as for [CoordinateDescent]
    /// @param training its samples
    /// @param validation samples to evaluate on
    /// @param settings with at least one evaluator
    /// @param start models with which every trial begins, such as those of locked coordinates
    public Tuning(
            List<Coordinate> coordinates,
            ScoreTable training,
            ScoreTable validation,
            DescentSettings settings,
            MixedModel start) {
        this.coordinates = List.copyOf(coordinates);
        this.training = training;
        this.validation = validation;
        this.settings = settings;
        this.start = start;
    }

    /// Tries all combinations.
    ///
    /// @param weights the penalties of some coordinates, by name
    /// @param listener hears of every trial
    /// @return all trials, in the order tried
    /// @throws IOException when data cannot be read
    public List<Trial> path(Map<String, double[]> weights, Consumer<Trial> listener) throws IOException {
        List<Map<String, Double>> combinations = List.of(Map.of());
        for (Map.Entry<String, double[]> entry : new TreeMap<>(weights).entrySet()) {
            requireCoordinate(entry.getKey());
            double[] sorted = entry.getValue().clone();
            Arrays.sort(sorted);
            List<Map<String, Double>> longer = new ArrayList<>();
            for (Map<String, Double> combination : combinations) {
                for (int i = sorted.length - 1; i >= 0; i--) {
                    Map<String, Double> one = new TreeMap<>(combination);
                    one.put(entry.getKey(), sorted[i]);
                    longer.add(one);
                }
            }
            combinations = longer;
        }
        List<Trial> trials = new ArrayList<>();
        MixedModel warm = start;
        for (Map<String, Double> combination : combinations) {
            Trial trial = attempt(combination, warm);
            warm = start.coordinates().isEmpty() ? trial.result().model() : start; // which may be a prior
            trials.add(trial);
            listener.accept(trial);
        }
        return trials;
    }

    /// Tries what a search asks for.
    ///
    /// @param names the coordinates whose penalties are searched, one for each dimension of the search
    /// @param least smallest penalty, more than 0
    /// @param most largest penalty
    /// @param search which points of the unit cube
    /// @param count how many
    /// @param listener hears of every trial
    /// @return all trials, in the order tried
    /// @throws IOException when data cannot be read
    public List<Trial> search(
            List<String> names, double least, double most, PointSearch search, int count, Consumer<Trial> listener)
            throws IOException {
        if (!(least > 0) || !(most >= least)) {
            throw new IllegalArgumentException(
                    "penalties from %s to %s, want above 0 and ascending".formatted(least, most));
        }
        names.forEach(this::requireCoordinate);
        Evaluator evaluator = settings.evaluators().getFirst();
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double[] point = search.next();
            Map<String, Double> weights = new TreeMap<>();
            for (int j = 0; j < names.size(); j++) {
                weights.put(names.get(j), least * Math.pow(most / least, point[j]));
            }
            Trial trial = attempt(weights, start);
            double value = trial.result().metric(evaluator.name());
            search.observe(point, evaluator.metric().largerIsBetter() ? -value : value);
            trials.add(trial);
            listener.accept(trial);
        }
        return trials;
    }

    /// @param trials at least one
    /// @return the best by the first evaluator; -1 where [Evaluator#best] finds none
    public int best(List<Trial> trials) {
        Evaluator evaluator = settings.evaluators().getFirst();
        return evaluator.best(trials.stream()
                .mapToDouble(t -> t.result().metric(evaluator.name()))
                .toArray());
    }

    /// @param weight of both penalties together; their shares stay what they are, all L2 where there are none
    /// @return the same solver with penalties of that weight
    public static SolverSettings withPenalty(SolverSettings solver, double weight) {
        Regularization old = solver.regularization();
        double together = old.l1() + old.l2();
        return solver.withRegularization(
                together > 0 ? old.times(weight / together) : new Regularization(0, weight, old.intercept()));
    }

    private Trial attempt(Map<String, Double> weights, MixedModel from) throws IOException {
        List<Coordinate> tuned = new ArrayList<>();
        for (Coordinate coordinate : coordinates) {
            Double weight = weights.get(coordinate.name());
            tuned.add(weight == null ? coordinate : coordinate.withPenalty(weight));
        }
        for (Coordinate coordinate : coordinates) { // scores of the trial before
            training.scoresOf(coordinate.name()).clear();
            validation.scoresOf(coordinate.name()).clear();
        }
        DescentResult found = new CoordinateDescent(tuned, training, validation, settings).run(from, _ -> {});
        List<DescentStep> steps = found.steps().stream()
                .map(step -> new DescentStep(step.pass(), step.coordinate(), step.counts(), step.metrics(), weights))
                .toList();
        return new Trial(weights, new DescentResult(found.model(), steps, found.best(), found.validation()));
    }

    private void requireCoordinate(String name) {
        if (coordinates.stream().noneMatch(c -> c.name().equals(name))) {
            throw new IllegalArgumentException("no coordinate %s to tune, want one of %s"
                    .formatted(name, coordinates.stream().map(Coordinate::name).toList()));
        }
    }
}
