package io.dlrm4j.effects.job;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.descent.ScoreTable;
import io.dlrm4j.effects.format.gdmix.ScoreFile;
import io.dlrm4j.effects.format.photon.PhotonScores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/// Scores of samples in one file.
final class ScoreWriting {
    private ScoreWriting() {}

    /// @param scores the logit with offset of each row
    /// @param layout Photon's `ScoringResultAvro`, or GDMix's `validation_result`
    static void write(
            ScoreTable table, IntToDoubleFunction scores, Path file, OutputFormat.Layout layout, Compat compat)
            throws IOException {
        if (layout == OutputFormat.Layout.PHOTON) {
            try (PhotonScores.Writer writer = new PhotonScores.Writer(file)) {
                for (int row = 0; row < table.rows(); row++) {
                    writer.write(new PhotonScores.Row(
                            Long.toString(table.uid(row)),
                            table.label(row),
                            "N/A",
                            scores.applyAsDouble(row),
                            table.weight(row),
                            Map.of()));
                }
                writer.finish();
            }
            return;
        }
        try (ScoreFile.Writer writer = ScoreFile.Writer.open(file, ScoreFile.Columns.GDMIX, false, compat)) {
            for (int row = 0; row < table.rows(); row++) {
                writer.write(new ScoreFile.Row(
                        table.uid(row),
                        scores.applyAsDouble(row),
                        table.label(row),
                        table.weight(row),
                        scores.applyAsDouble(row)));
            }
            writer.finish();
        }
    }
}
