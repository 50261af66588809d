package io.dlrm4j.criteo.synthetic;

import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.core.metric.ScoreCollector;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.store.Manifest;
import java.io.IOException;

/// Writes clicks of a [ClickModel] as a prepared folder or as raw lines.
///
/// ```
/// threads: ClickBlock, ClickBlock, …   ─in order─▶   caller: ClickSink (files), ScoreCollector (last day)
/// ```
///
/// The output depends on nothing but the options without `threads`. It appears under its name when it is complete, and
/// nothing of it stays after a failure. Memory: about 1 MB for each block, 2 blocks a thread, and 4 bytes for each row
/// of the last day.
public final class GenerateClicks {
    private static final double NANOS = 1e9;

    private final GenerateOptions options;
    private final ScoreCollector scores = new ScoreCollector();
    private final long[] ends;
    private long positives;
    private Manifest.Score onTest = new Manifest.Score(Double.NaN, Double.NaN);

    private GenerateClicks(GenerateOptions options) {
        this.options = options;
        this.ends = ends(options);
    }

    /// Ends of the days; the last day has two parts, test with the odd row and validation.
    private static long[] ends(GenerateOptions options) {
        long[] ends = new long[options.days() + 1];
        long end = 0;
        for (int day = 0; day < options.days() - 1; day++) {
            end += options.rowsOfDay(day);
            ends[day] = end;
        }
        long last = options.rows() - end;
        ends[options.days() - 1] = end + last - last / 2;
        ends[options.days()] = options.rows();
        return ends;
    }

    /// Generates everything, waiting for the disk.
    ///
    /// @param progress told after every few thousand rows
    /// @throws io.dlrm4j.core.data.DataException when the output exists or cannot be one
    public static GenerateReport run(GenerateOptions options, ProgressListener progress) throws IOException {
        long start = System.nanoTime();
        GenerateClicks clicks = new GenerateClicks(options);
        try (ClickSink sink = clicks.open()) {
            clicks.write(sink, progress);
            GenerateReport report = clicks.report();
            long bytes = sink.publish(report);
            return new GenerateReport(
                    report.output(),
                    report.rows(),
                    report.baseRate(),
                    report.onTest(),
                    report.onLastDay(),
                    bytes,
                    (System.nanoTime() - start) / NANOS);
        }
    }

    private ClickSink open() throws IOException {
        return switch (options.format()) {
            case NPY -> PreparedSink.create(options);
            case TSV -> LineSink.create(options.output());
        };
    }

    private void write(ClickSink sink, ProgressListener progress) throws IOException {
        ClickModel model = new ClickModel(options.seed(), options.cardinalities(), options.zipfExponent());
        boolean text = options.format() == ClickFormat.TSV;
        int part = 0;
        try (ClickBlocks blocks = new ClickBlocks(model, ends, text, options.threads())) {
            while (blocks.hasNext()) {
                ClickBlock block = blocks.next();
                sink.write(block);
                count(block, part >= options.days() - 1);
                long done = block.end();
                blocks.reuse(block);
                if (done == ends[part]) {
                    endPart(sink, part++);
                }
                progress.at(done, options.rows(), done);
            }
        }
    }

    private void count(ClickBlock block, boolean lastDay) {
        for (int i = 0; i < block.rows(); i++) {
            positives += block.labels[i];
            if (lastDay) {
                scores.append(block.logits[i], block.labels[i]);
            }
        }
    }

    private void endPart(ClickSink sink, int part) throws IOException {
        if (part == options.days() - 1) {
            onTest = score(); // the day goes on
        } else {
            sink.endDay();
        }
    }

    private Manifest.Score score() {
        BinaryMetrics metrics = scores.metrics();
        return new Manifest.Score(metrics.auc(), metrics.logLoss());
    }

    private GenerateReport report() {
        double baseRate = (double) positives / options.rows();
        return new GenerateReport(options.output(), options.rows(), baseRate, onTest, score(), 0, 0);
    }
}
