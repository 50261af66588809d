package io.dlrm4j.criteo.synthetic;

import io.dlrm4j.criteo.store.Manifest;
import java.nio.file.Path;

/// What [GenerateClicks] wrote.
///
/// @param output the folder or file
/// @param rows in all
/// @param baseRate part of the rows with label 1
/// @param onTest quality of the true probabilities against the labels drawn, first half of the last day: no model can
/// be
///     expected to score better there
/// @param onLastDay the same on the whole last day
/// @param bytes size of the output
/// @param seconds it took
public record GenerateReport(
        Path output,
        long rows,
        double baseRate,
        Manifest.Score onTest,
        Manifest.Score onLastDay,
        long bytes,
        double seconds) {}
