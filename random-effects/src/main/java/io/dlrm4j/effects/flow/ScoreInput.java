package io.dlrm4j.effects.flow;

import java.nio.file.Path;

/// Scores that make the offset of a sample: `sign` times the score of the same uid.
///
/// The trainer's score file is `ScoreInput.of(file)`. In a second pass over several coordinates, what the coordinate
/// itself said the last time is taken off with the sign -1.
///
/// @param path a file, or a folder of files, in Parquet, CSV or Avro
/// @param uid the column of the sample's number
/// @param score the column of the logit
/// @param sign +1 or -1
public record ScoreInput(Path path, String uid, String score, int sign) {
    /// Scores as the trainer writes them: `uid` and `logit`.
    public static ScoreInput of(Path path) {
        return new ScoreInput(path, "uid", "logit", 1);
    }
}
