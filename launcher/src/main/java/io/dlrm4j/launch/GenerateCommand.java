package io.dlrm4j.launch;

import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.ClickFormat;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.criteo.synthetic.GenerateReport;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.launch.screen.Screen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `dlrm generate`: clicks with a planted signal.
@Command(
        name = "generate",
        description = "Generates Criteo-like clicks with a planted signal, so that the best AUC is known.",
        sortOptions = false)
final class GenerateCommand implements Callable<Integer> {
    private final Shell shell;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "PATH",
            description = "The new folder (npy) or file (tsv).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path output;

    @Option(names = "--rows", paramLabel = "N", description = "Clicks and non-clicks in all; default 1000000.")
    private long rows = 1_000_000;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of everything drawn; default 1.")
    private long seed = 1;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "npy, the prepared form (default), or tsv, raw lines.")
    private String format = "npy";

    @Option(
            names = "--scale",
            paramLabel = "F",
            description = "Rows of the tables in parts of Criteo Kaggle's; default 1, which are 33.8 million rows.")
    private double scale = 1;

    @Option(
            names = "--cardinalities",
            paramLabel = "N,...",
            split = ",",
            description = "Rows of the 26 tables, instead of --scale.")
    private @Nullable List<Integer> cardinalities;

    @Option(names = "--zipf", paramLabel = "S", description = "How fast ids get rare; default 1.05.")
    private double zipf = GenerateOptions.ZIPF_EXPONENT;

    @Option(names = "--days", paramLabel = "N", description = "Days, of which the last is for evaluation; default 7.")
    private int days = GenerateOptions.DAYS;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; default one for each processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    GenerateCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
        GenerateOptions options = options();
        Preflight.absent("--output", output);
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            GenerateReport report =
                    GenerateClicks.run(options, (done, _, _) -> screen.progress("generating rows", done, rows, ""));
            screen.endProgress();
            shell.out().print(table(report).print());
        }
        return 0;
    }

    private GenerateOptions options() {
        try {
            Cardinalities tables =
                    cardinalities == null ? Cardinalities.kaggle().scaled(scale) : new Cardinalities(cardinalities);
            return GenerateOptions.of(output, rows, seed)
                    .withFormat(format())
                    .withCardinalities(tables)
                    .withZipfExponent(zipf)
                    .withDays(days)
                    .withThreads(threads);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private ClickFormat format() {
        return switch (format) {
            case "npy" -> ClickFormat.NPY;
            case "tsv" -> ClickFormat.TSV;
            default -> throw new UsageException("--format=" + format + ", want npy or tsv");
        };
    }

    private static ResultTable table(GenerateReport report) {
        return new ResultTable()
                .row("written", report.output().toString())
                .row("rows", String.valueOf(report.rows()))
                .row("bytes", String.valueOf(report.bytes()))
                .row("seconds", Results.number("%.1f", report.seconds()))
                .row("share of clicks", Results.number("%.4f", report.baseRate()))
                .row("best AUC on test", Results.number("%.5f", report.onTest().auc()))
                .row(
                        "best log loss on test",
                        Results.number("%.5f", report.onTest().logLoss()));
    }
}
