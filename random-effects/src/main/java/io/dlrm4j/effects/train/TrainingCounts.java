package io.dlrm4j.effects.train;

/// What a random effect's training did.
///
/// @param entities entities read
/// @param trained entities that got a model
/// @param samples samples read
/// @param activeSamples samples trained on
/// @param steps steps of all solvers
/// @param unfinished entities whose solver ran out of steps
public record TrainingCounts(
        long entities, long trained, long samples, long activeSamples, long steps, long unfinished) {
    static final TrainingCounts NONE = new TrainingCounts(0, 0, 0, 0, 0, 0);

    TrainingCounts plus(TrainingCounts other) {
        return new TrainingCounts(
                entities + other.entities,
                trained + other.trained,
                samples + other.samples,
                activeSamples + other.activeSamples,
                steps + other.steps,
                unfinished + other.unfinished);
    }
}
