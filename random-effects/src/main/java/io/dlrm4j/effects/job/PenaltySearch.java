package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.Coordinate;
import io.dlrm4j.effects.descent.CoordinateDescent;
import io.dlrm4j.effects.descent.CrossFittedDescent;
import io.dlrm4j.effects.descent.DescentResult;
import io.dlrm4j.effects.descent.DescentSettings;
import io.dlrm4j.effects.descent.DescentStep;
import io.dlrm4j.effects.descent.MixedModel;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.descent.Tuning;
import io.dlrm4j.effects.job.EffectsConfig.Search;
import io.dlrm4j.effects.job.EffectsConfig.SearchKind;
import io.dlrm4j.effects.search.BayesianSearch;
import io.dlrm4j.effects.search.PointSearch;
import io.dlrm4j.effects.search.SobolSearch;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Trains coordinates as a configuration wants it: with its own penalties, or with all that a search tries.
final class PenaltySearch {
    private final EffectsConfig config;
    private final List<Coordinate> coordinates;
    private final ScoreTable training;
    private final @Nullable ScoreTable validation;
    private final DescentSettings settings;

    /// What was trained.
    ///
    /// @param trials one or more
    /// @param best the position of the best
    /// @param tuned whether a search chose the penalties, and not the configuration
    record Outcome(List<Tuning.Trial> trials, int best, boolean tuned) {
        DescentResult result() {
            return trials.get(best).result();
        }

        private static Outcome single(DescentResult result) {
            Map<String, Double> penalties = result.steps().getLast().penalties();
            return new Outcome(List.of(new Tuning.Trial(penalties, result)), 0, false);
        }
    }

    PenaltySearch(
            EffectsConfig config, List<Coordinate> coordinates, ScoreTable training, @Nullable ScoreTable validation) {
        this.config = config;
        this.coordinates = coordinates;
        this.training = training;
        this.validation = validation;
        EffectsConfig.Descent descent = config.descent();
        this.settings = new DescentSettings(descent.passes(), descent.locked(), descent.evaluators(), descent.compat());
    }

    /// @param start models to begin with
    /// @param listener hears of every coordinate that is trained; of several trials, of each one's last
    Outcome run(MixedModel start, Consumer<DescentStep> listener) throws IOException {
        Search search = config.search();
        if (search != null && search.kind() == SearchKind.CROSS_FITTED) {
            return Outcome.single(crossFitted(search, start, listener));
        }
        if (search == null || validation == null || findsNothing(search)) {
            return Outcome.single(
                    new CoordinateDescent(coordinates, training, validation, settings).run(start, listener));
        }
        Tuning tuning = new Tuning(coordinates, training, validation, settings, start);
        List<Tuning.Trial> trials = trials(
                tuning, search, trial -> listener.accept(trial.result().steps().getLast()));
        int best = tuning.best(trials);
        if (best < 0) {
            throw new IllegalArgumentException(
                    "no trial of %d is the best by its evaluator; GDMix finds none for errors (compat)"
                            .formatted(trials.size()));
        }
        return new Outcome(trials, best, search.kind() != SearchKind.PATH);
    }

    /// Photon's tuner, as its command has it, finds nothing: the coordinates' own penalties stay.
    private boolean findsNothing(Search search) {
        return config.descent().compat() == Compat.PHOTON && search.kind() != SearchKind.PATH;
    }

    private DescentResult crossFitted(Search search, MixedModel start, Consumer<DescentStep> listener)
            throws IOException {
        if (!start.coordinates().isEmpty()) {
            throw new IllegalArgumentException(
                    "search.kind=cross_fitted from models that have seen the samples, want no models to start from");
        }
        return new CrossFittedDescent(coordinates, training, validation, config.choices(search), settings.evaluators())
                .run(listener);
    }

    private static List<Tuning.Trial> trials(Tuning tuning, Search search, Consumer<Tuning.Trial> listener)
            throws IOException {
        if (search.kind() == SearchKind.PATH) {
            return tuning.path(search.weights(), listener);
        }
        int dimensions = search.coordinates().size();
        PointSearch points = search.kind() == SearchKind.RANDOM
                ? new SobolSearch(dimensions, search.seed())
                : new BayesianSearch(dimensions, search.seed());
        return tuning.search(search.coordinates(), search.least(), search.most(), points, search.trials(), listener);
    }
}
