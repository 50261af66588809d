package io.dlrm4j.launch;

import io.dlrm4j.criteo.DaySplit;
import io.dlrm4j.criteo.Prepare;
import io.dlrm4j.criteo.PrepareOptions;
import io.dlrm4j.criteo.PrepareReport;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.launch.screen.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `dlrm prepare`: raw click logs to columns that `dlrm train` reads.
@Command(name = "prepare", description = "Turns raw Criteo click logs into columns of numbers.", sortOptions = false)
final class PrepareCommand implements Callable<Integer> {
    private static final long MIB = 1L << 20;

    private final Shell shell;

    @Option(
            names = "--input",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Raw files in order, plain or gzip.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<Path> inputs;

    @Option(names = "--output", required = true, paramLabel = "DIR", description = "The new folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path output;

    @ArgGroup
    private Days days = new Days();

    /// At most one of the ways to cut lines into days.
    private static final class Days {
        @Option(names = "--days", paramLabel = "N", description = "Days of equal length; default 7.")
        private int parts = 7;

        @Option(names = "--day-rows", paramLabel = "N", description = "Days of so many lines; the last may be short.")
        private long rows;

        @Option(names = "--files-are-days", description = "Each file is a day.")
        private boolean files;

        DaySplit split() {
            if (files) {
                return DaySplit.files();
            }
            return rows == 0 ? DaySplit.parts(parts) : DaySplit.ofRows(rows);
        }
    }

    @Option(
            names = "--training-dictionary",
            description = "Gives ids to the values of the training days alone; others share one row a table.")
    private boolean trainingDictionary;

    @Option(
            names = "--vocabulary",
            paramLabel = "DIR",
            description = "Prepared folder whose ids are used, for later files.")
    private @Nullable Path vocabulary;

    @Option(names = "--max-ind-range", paramLabel = "N", description = "Takes categories modulo N before they get ids.")
    private long maxIndRange;

    @Option(
            names = "--sub-sample-rate",
            paramLabel = "RATE",
            description = "Part of the lines with label 0 that is left out.")
    private double subSampleRate;

    @Option(names = "--sub-sample-seed", paramLabel = "N", description = "Seed of these draws; default 123.")
    private long subSampleSeed = 123;

    @Option(names = "--format", paramLabel = "NAME", description = "npy (default) or binary, MLPerf's records.")
    private String format = "npy";

    @Option(names = "--threads", paramLabel = "N", description = "Threads; default one for each processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--max-bad-rate",
            paramLabel = "RATE",
            description = "Part of the lines that may be malformed before the run stops; default 0.001.")
    private double maxBadRate = 0.001;

    @Option(
            names = "--memory-limit",
            paramLabel = "MIB",
            description = "Memory that the dictionaries may take; default 80 %% of the machine's.")
    private @Nullable Long memoryLimit;

    PrepareCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        PrepareOptions options = options();
        inputs.forEach(file -> Preflight.readable("--input", file));
        if (vocabulary != null) {
            Preflight.readable("--vocabulary", vocabulary.resolve("manifest.json"));
        }
        Preflight.absent("--output", output);
        long start = System.nanoTime();
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            PrepareReport report = Prepare.run(
                    options,
                    (done, all, rows) -> screen.progress("preparing MiB", done / MIB, all / MIB, rows + " rows"));
            screen.endProgress();
            report.endedEarly().forEach(file -> screen.line(file + " ends inside a gzip member; what it held is used"));
            shell.out().print(table(report, (System.nanoTime() - start) / 1e9).print());
        }
        return 0;
    }

    private PrepareOptions options() {
        try {
            PrepareOptions options = PrepareOptions.of(inputs, output)
                    .withDays(days.split())
                    .withTrainingDictionary(trainingDictionary)
                    .withVocabulary(vocabulary)
                    .withMaxIndRange(maxIndRange)
                    .withSubSample(subSampleRate, subSampleSeed)
                    .withLayout(format)
                    .withThreads(threads)
                    .withMaxBadRate(maxBadRate);
            return memoryLimit == null ? options : options.withMemoryLimit(Math.multiplyExact(memoryLimit, MIB));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private ResultTable table(PrepareReport report, double seconds) throws IOException {
        long bytes = 0;
        for (Path input : inputs) {
            bytes += Files.size(input);
        }
        ResultTable table = new ResultTable()
                .row("written", output.toString())
                .row("seconds", Results.number("%.1f", seconds))
                .row("input MB/s", Results.number("%.1f", bytes / seconds / 1e6))
                .row("lines", String.valueOf(report.lines()))
                .row("rows", String.valueOf(report.rows()))
                .row("dictionary MiB", Results.number("%.1f", (double) report.dictionaryBytes() / MIB))
                .row("training rows", String.valueOf(report.manifest().rows().training()))
                .row("test rows", String.valueOf(report.manifest().rows().test()))
                .row("validation rows", String.valueOf(report.manifest().rows().validation()));
        Map<String, Long> sorted = new TreeMap<>(report.quarantined());
        sorted.forEach((reason, lines) -> table.row("left out: " + reason, String.valueOf(lines)));
        Path quarantine = output.resolve("quarantine.tsv");
        return Files.exists(quarantine) && !sorted.isEmpty()
                ? table.row("malformed lines", quarantine.toString())
                : table;
    }
}
