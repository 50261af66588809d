package io.dlrm4j.effects.train;

/// What the other parts of a model say of each sample, and where a random effect's own scores go. Called by several
/// threads at once, never twice for one sample.
public interface SampleScores {
    /// Uses the offsets that the samples came with, and keeps no scores.
    SampleScores NONE = new SampleScores() {
        @Override
        public double offset(long uid, double own) {
            return own;
        }

        @Override
        public void put(long uid, double score) {}
    };

    /// @param uid a sample
    /// @param own the offset it came with
    /// @return the logit of everything else in the model
    double offset(long uid, double own);

    /// Takes a score.
    ///
    /// @param uid a sample, active or passive
    /// @param score of its entity's model, without the offset; 0 where the entity has no model
    void put(long uid, double score);
}
