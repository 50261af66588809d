package io.dlrm4j.effects.flow;

import java.nio.file.Path;
import java.util.List;

/// Scores that make the offset of a sample: `sign` times the score of the same uid.
///
/// The trainer's score file is `ScoreInput.of(file)`. In a second pass over several coordinates, what the coordinate
/// itself said the last time is taken off with the sign -1.
///
/// @param path a file, or a folder of files, in Parquet, CSV or Avro
/// @param uid the column of the sample's number
/// @param score the column of the logit
/// @param sign +1 or -1; 0 where only features are taken
/// @param features columns that give the sample features, such as the activations `hidden`; in Parquet and CSV
public record ScoreInput(Path path, String uid, String score, int sign, List<String> features) {
    /// Scores without features.
    public ScoreInput(Path path, String uid, String score, int sign) {
        this(path, uid, score, sign, List.of());
    }

    /// Copies the list.
    public ScoreInput {
        features = List.copyOf(features);
    }

    /// Scores as the trainer writes them: `uid` and `logit`.
    public static ScoreInput of(Path path) {
        return new ScoreInput(path, "uid", "logit", 1);
    }

    /// @return the same file with features beside its scores
    public ScoreInput withFeatures(List<String> columns) {
        return new ScoreInput(path, uid, score, sign, columns);
    }

    /// @return the same file, of which features are taken alone
    public ScoreInput featuresAlone() {
        return new ScoreInput(path, uid, score, 0, features);
    }
}
