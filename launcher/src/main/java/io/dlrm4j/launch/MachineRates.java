package io.dlrm4j.launch;

import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.criteo.ProgressListener;
import io.dlrm4j.criteo.synthetic.Cardinalities;
import io.dlrm4j.criteo.synthetic.GenerateClicks;
import io.dlrm4j.criteo.synthetic.GenerateOptions;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.screen.ResultTable;
import io.dlrm4j.launch.screen.Screen;
import io.dlrm4j.trainer.plan.Line;
import io.dlrm4j.trainer.plan.Rates;
import io.dlrm4j.trainer.plan.RatesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Measures what this machine can do with worker processes as a job has them: as many as there are cores, then two that
/// talk by UDP on the loopback, as ranks of two hosts would.
final class MachineRates {
    private static final int MOST_WORKERS = 16;
    private static final long ROWS = 60_000;
    private static final double SCALE = 1e-3;

    private MachineRates() {}

    static Rates measure(Shell shell) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("dlrm-rates");
        try (Screen screen = new Screen(shell.err(), shell.isTerminal(), System::nanoTime)) {
            Path data = folder.resolve("data");
            GenerateClicks.run(
                    GenerateOptions.of(data, ROWS, 1)
                            .withCardinalities(Cardinalities.kaggle().scaled(SCALE)),
                    ProgressListener.NONE);
            JobConfig.Builder config = JobConfig.newBuilder();
            config.getDataBuilder().setPath(data.toString());
            int workers = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, MOST_WORKERS);
            screen.line("measuring with %d processes, then messages by UDP".formatted(workers));
            Finished all = run(shell, screen, workers, config.build(), WorkerTask.MEASURE);
            Finished udp = run(shell, screen, 2, config.build(), WorkerTask.MEASURE_LINKS);
            return RatesFile.parse(all.getRates(), "rates")
                    .withBetweenHosts(new Line(udp.getLinkSeconds(), udp.getLinkSecondsPerByte()));
        } finally {
            delete(folder);
        }
    }

    private static Finished run(Shell shell, Screen screen, int workers, JobConfig config, WorkerTask task)
            throws IOException, InterruptedException {
        JobLauncher launcher = new JobLauncher(shell, HostOptions.local(workers), screen, false);
        launcher.check(config);
        return launcher.run("measuring", config, task);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }

    /// @return the rates for people
    static ResultTable print(Rates rates) {
        return new ResultTable()
                .row("message in a host", message(rates.inHost()))
                .row("message by UDP", message(rates.betweenHosts()))
                .row("sum in a host", message(rates.sum()))
                .row("memory, in order", String.format(Locale.ROOT, "%.1f GB/s", rates.sequential() / 1e9))
                .row(
                        "64-byte rows at random",
                        String.format(Locale.ROOT, "%.1f ns each, %.2f GB/s", 1e9 * row(rates), 64 / row(rates) / 1e9))
                .row(
                        "MLP kernels, one rank",
                        String.format(
                                Locale.ROOT,
                                "%.1f GFLOP/s",
                                1e-9 / rates.denseAlone().perUnit()))
                .row(
                        "MLP kernels, all cores",
                        String.format(
                                Locale.ROOT,
                                "%.1f GFLOP/s each",
                                1e-9 / rates.denseBusy().perUnit()))
                .row("reading", String.format(Locale.ROOT, "%.2f ns an id or feature", 1e9 * rates.readValue()));
    }

    private static double row(Rates rates) {
        Line line = rates.rows().lookupRandom();
        return line.fixed() + 64 * line.perUnit();
    }

    private static String message(Line line) {
        return String.format(
                Locale.ROOT,
                "alpha %.1f us, beta %.3f ns a byte (%.2f GB/s)",
                1e6 * line.fixed(),
                1e9 * line.perUnit(),
                1e-9 / line.perUnit());
    }
}
