/// Scores for whoever works on: logits, not probabilities, as CSV, Avro or Parquet.
///
/// Read [io.dlrm4j.trainer.score.ScoreWriter] first. Imports nothing of the project. One thread; memory does not grow
/// with the number of rows. Proven by `ScoreWriterTest`.
@NullMarked
package io.dlrm4j.trainer.score;

import org.jspecify.annotations.NullMarked;
