package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.evaluate.Evaluator;
import io.dlrm4j.effects.solve.Loss;
import io.dlrm4j.effects.solve.SolverSettings;
import io.dlrm4j.effects.train.ActiveSamples;
import io.dlrm4j.effects.train.TrainerSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is trained on what.
///
/// @param data files and columns
/// @param coordinates in the order of training
/// @param descent passes, locks, evaluators
/// @param search which penalties are tried, or null for those of the coordinates alone
/// @param threads that fit entities
public record EffectsConfig(
        Data data,
        List<CoordinateSpec> coordinates,
        Descent descent,
        @Nullable Search search,
        int threads) {
    /// Files and columns, in Parquet or CSV.
    ///
    /// @param training a file or a folder
    /// @param validation the same, or null
    /// @param scores files of uid and logit whose sums are what the random effects stand behind, of all samples
    /// @param uid column of the samples' numbers
    /// @param label column
    /// @param weight column, empty for none
    /// @param offset column, empty for none
    public record Data(
            Path training,
            @Nullable Path validation,
            List<Path> scores,
            String uid,
            String label,
            String weight,
            String offset) {}

    /// One coordinate.
    ///
    /// @param name of the coordinate
    /// @param entity column of its entities; empty for a fixed effect
    /// @param features columns that give features
    /// @param solver of each entity
    /// @param active which samples
    /// @param featuresPerSample how many features an entity keeps for each sample, 0 for all
    /// @param priorWeight how much an old model counts beyond being the start
    public record CoordinateSpec(
            String name,
            String entity,
            List<String> features,
            SolverSettings solver,
            ActiveSamples active,
            double featuresPerSample,
            double priorWeight) {
        TrainerSettings trainer(int threads) {
            return new TrainerSettings(solver, active, featuresPerSample, priorWeight, threads);
        }
    }

    /// How coordinates are trained in turn.
    ///
    /// @param passes over the coordinates
    /// @param locked coordinates that keep their models
    /// @param evaluators on the validation samples
    /// @param compat whose known defects are reproduced
    public record Descent(int passes, Set<String> locked, List<Evaluator> evaluators, Compat compat) {}

    /// How penalties are searched.
    ///
    /// @param kind of search
    /// @param weights for [SearchKind#PATH]: the penalties of coordinates, by name
    /// @param coordinates for the other kinds: whose penalties are searched
    /// @param least smallest penalty
    /// @param most largest penalty
    /// @param trials how many are tried
    /// @param seed of the search
    public record Search(
            SearchKind kind,
            Map<String, double[]> weights,
            List<String> coordinates,
            double least,
            double most,
            int trials,
            long seed) {}

    /// Kinds of search.
    public enum SearchKind {
        /// All combinations of given penalties, from strong to weak.
        PATH,
        /// Even points.
        RANDOM,
        /// Where a Gaussian process expects the largest improvement.
        BAYESIAN
    }

    /// @throws IllegalArgumentException when parts contradict each other
    public EffectsConfig {
        coordinates = List.copyOf(coordinates);
        if (coordinates.isEmpty()) {
            throw new IllegalArgumentException("no coordinates, want one or more");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads=%d, want 1 or more".formatted(threads));
        }
        if (search != null && data.validation() == null) {
            throw new IllegalArgumentException("a search without validation data, want data.validation");
        }
    }

    /// @return whether there is one random effect and nothing that needs all its samples at once
    boolean isOneRandomEffect() {
        boolean random =
                coordinates.size() == 1 && !coordinates.getFirst().entity().isEmpty();
        return random
                && data.validation() == null
                && descent.passes() == 1
                && descent.locked().isEmpty();
    }

    /// @return the loss of all coordinates
    Loss loss() {
        return coordinates.getFirst().solver().loss();
    }
}
