package io.dlrm4j.launch;

import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.report.Quality;
import io.dlrm4j.launch.screen.ResultTable;
import java.util.Locale;

/// Rows of results tables, the same names and digits in every command.
final class Results {
    private Results() {}

    static ResultTable add(ResultTable table, Finished finished) {
        if (finished.hasSteps()) {
            table.row("steps", String.valueOf(finished.getSteps()))
                    .row("samples", String.valueOf(finished.getSamples()))
                    .row("train seconds", number("%.1f", finished.getTrainSeconds()))
                    .row("samples/s", number("%.0f", samplesPerSecond(finished)))
                    .row("last loss", number("%.5f", finished.getLastLoss()));
        }
        if (finished.hasQuality()) {
            add(table, finished.getQuality());
        }
        if (finished.hasCheckpoint()) {
            table.row("checkpoint", finished.getCheckpoint());
        }
        return table;
    }

    static ResultTable add(ResultTable table, Quality quality) {
        return table.row("evaluated samples", String.valueOf(quality.getSamples()))
                .row("AUC", number("%.5f", quality.getAuc()))
                .row("log loss", number("%.5f", quality.getLogLoss()))
                .row("normalized entropy", number("%.5f", quality.getNormalizedEntropy()))
                .row("accuracy", number("%.5f", quality.getAccuracy()))
                .row("calibration", number("%.5f", quality.getCalibration()));
    }

    static double samplesPerSecond(Finished finished) {
        return finished.getTrainSeconds() > 0 ? finished.getSamples() / finished.getTrainSeconds() : 0;
    }

    static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
