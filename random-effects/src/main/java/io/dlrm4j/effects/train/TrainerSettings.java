package io.dlrm4j.effects.train;

import io.dlrm4j.effects.solve.SolverSettings;

/// How the entities of a random effect are trained.
///
/// @param solver of each entity
/// @param active which samples
/// @param featuresPerSample how many features an entity keeps for each sample ([FeatureSelection]), 0 for all
/// @param priorWeight with 0 an old model is where the solver starts; above, its variances count as a prior
/// @param threads that fit entities
public record TrainerSettings(
        SolverSettings solver, ActiveSamples active, double featuresPerSample, double priorWeight, int threads) {
    /// @throws IllegalArgumentException for numbers out of bounds
    public TrainerSettings {
        if (!(featuresPerSample >= 0) || !(priorWeight >= 0) || threads < 1) {
            throw new IllegalArgumentException(
                    "featuresPerSample=%s priorWeight=%s threads=%d, want 0 or more, 0 or more, 1 or more"
                            .formatted(featuresPerSample, priorWeight, threads));
        }
    }

    /// @param solver of each entity
    /// @param threads that fit entities
    /// @return settings that train every entity on all its samples
    public static TrainerSettings of(SolverSettings solver, int threads) {
        return new TrainerSettings(solver, ActiveSamples.ALL, 0, 0, threads);
    }

    /// @return the same with another solver
    public TrainerSettings withSolver(SolverSettings other) {
        return new TrainerSettings(other, active, featuresPerSample, priorWeight, threads);
    }

    /// @return the same with another choice of samples
    public TrainerSettings withActive(ActiveSamples other) {
        return new TrainerSettings(solver, other, featuresPerSample, priorWeight, threads);
    }
}
