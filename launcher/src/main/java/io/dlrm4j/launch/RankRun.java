package io.dlrm4j.launch;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.World;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.core.config.CheckpointConfig;
import io.dlrm4j.core.config.CommConfig;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.metric.BinaryMetrics;
import io.dlrm4j.criteo.PreparedData;
import io.dlrm4j.cuda.Nd4jCudaCheck;
import io.dlrm4j.launch.config.ConfigHash;
import io.dlrm4j.launch.process.Interruption;
import io.dlrm4j.launch.report.Failed;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.trainer.EvaluationJob;
import io.dlrm4j.trainer.ScoringJob;
import io.dlrm4j.trainer.StopRequest;
import io.dlrm4j.trainer.TrainingJob;
import io.dlrm4j.trainer.checkpoint.ManifestFile;
import io.dlrm4j.trainer.plan.Line;
import io.dlrm4j.trainer.plan.RateMeasurement;
import io.dlrm4j.trainer.plan.RatesFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// The life of one rank: join the others, do the task, report how it ended.
final class RankRun {
    /// The exit code of SIGTERM.
    static final int TERMINATED = 143;

    /// Environment: ranks of this host, a name that torchrun has as well.
    static final String LOCAL_WORLD_SIZE = "LOCAL_WORLD_SIZE";

    private final Shell shell;
    private final JobConfig config;
    private final WorkerTask task;
    private final StopRequest stop = new StopRequest();

    RankRun(Shell shell, JobConfig config, WorkerTask task) {
        this.shell = shell;
        this.config = withHosts(CudaEnvironment.here(config, shell.environment()), shell.environment());
        this.task = task;
    }

    /// Every rank must make the same plan, so hosts with other numbers of ranks are refused with another configuration.
    private static JobConfig withHosts(JobConfig config, Map<String, String> environment) {
        String local = environment.getOrDefault(LOCAL_WORLD_SIZE, "");
        if (config.getSharding().getTableRowWiseCount() == 0
                || config.getSharding().getRanksPerHost() != 0
                || !local.matches("[1-9][0-9]{0,3}")) {
            return config;
        }
        JobConfig.Builder here = config.toBuilder();
        here.getShardingBuilder().setRanksPerHost(Integer.parseInt(local));
        return here.build();
    }

    /// @return the exit code; a failure has been reported
    int run() {
        CheckpointConfig checkpoint = config.getCheckpoint();
        boolean saves = saves(config, task);
        if ("1".equals(shell.environment().get("DLRM_SUPERVISED"))) {
            Runnable asked = saves ? stop::ask : () -> shell.halt().accept(TERMINATED);
            LauncherWatch.start(shell.in(), asked, () -> shell.halt().accept(3));
        }
        // Without checkpoints there is nothing to end well, and a signal ends the process at once.
        try (Interruption _ = saves ? new Interruption(stop::ask, checkpoint.getGraceSeconds()) : null) {
            return report();
        }
    }

    /// @return whether the task can end early without losing what it did
    static boolean saves(JobConfig config, WorkerTask task) {
        return task.kind() == WorkerTask.Kind.train
                && !config.getCheckpoint().getPath().isEmpty();
    }

    private int report() {
        // Standard output carries reports alone; what a library prints is log text.
        System.setOut(System.err);
        ReportingListener reports = new ReportingListener(
                shell.out(), "0".equals(shell.environment().get("RANK")));
        try {
            run(reports);
            return 0;
        } catch (IOException | RuntimeException e) {
            if (shell.debug()) {
                e.printStackTrace(shell.err());
            }
            Failed.Kind kind = kind(e, reports.hasStarted());
            int lostRank = e instanceof CommException comm ? comm.lostRank() : -1;
            reports.failed(kind, Main.message(e, shell.debug()), lostRank);
            return switch (kind) {
                case FAILED -> 1;
                case USAGE -> 2;
                case LOST -> 3;
            };
        }
    }

    private void run(ReportingListener reports) throws IOException {
        Nd4jCudaCheck.run(config);
        CommConfig comm = config.getComm();
        Map<String, String> environment = new HashMap<>(shell.environment());
        if (task.kind() == WorkerTask.Kind.measure_links) {
            environment.put("DLRM_TRANSPORT", "udp");
        }
        WorldConfig world = WorldConfig.fromEnvironment(
                        environment,
                        Duration.ofSeconds(comm.getJoinTimeoutSeconds()),
                        Duration.ofSeconds(comm.getProgressTimeoutSeconds()),
                        comm.getTermLength())
                .withSilence(Duration.ofSeconds(comm.getSilenceSeconds()))
                .withEncryption(comm.getEncrypt());
        // The hash of the configuration leaves folders out: what lies in them must agree instead.
        Map<String, String> agreement = Map.of(
                "program", ManifestFile.WRITER,
                "configuration hash", ConfigHash.of(config),
                "data fingerprint",
                        PreparedData.open(Path.of(config.getData().getPath())).fingerprint());
        try (Communicator communicator = World.join(world, agreement, DenseKernels.best()::add)) {
            work(communicator, reports);
        }
    }

    private void work(Communicator communicator, ReportingListener reports) throws IOException {
        switch (task.kind()) {
            case train -> TrainingJob.run(config, communicator, stop, reports);
            case evaluate -> {
                BinaryMetrics quality = EvaluationJob.run(config, communicator, reports);
                reports.finished(Finished.newBuilder().setQuality(ReportingListener.quality(quality)));
            }
            case score -> {
                Path scores = Objects.requireNonNull(task.scores(), "worker score without --scores");
                long rows = ScoringJob.run(config, communicator, scores, task.hidden(), reports);
                reports.finished(Finished.newBuilder().setScoredRows(rows));
            }
            case measure, measure_links -> {
                try (OffHeap memory = new OffHeap("rates", Long.MAX_VALUE, communicator.sharedMemory())) {
                    measure(new RateMeasurement(communicator, RateMeasurement.Effort.FULL, memory), reports);
                }
            }
        }
    }

    private void measure(RateMeasurement rates, ReportingListener reports) throws IOException {
        if (task.kind() == WorkerTask.Kind.measure) {
            PreparedData data = PreparedData.open(Path.of(config.getData().getPath()));
            reports.finished(Finished.newBuilder().setRates(RatesFile.print(rates.all(data))));
        } else {
            Line link = rates.link();
            reports.finished(Finished.newBuilder().setLinkSeconds(link.fixed()).setLinkSecondsPerByte(link.perUnit()));
        }
    }

    /// What does not fit together before the first step is the request's fault.
    private static Failed.Kind kind(Exception e, boolean hasStarted) {
        return switch (e) {
            case CommException comm when comm.lostRank() >= 0 -> Failed.Kind.LOST;
            case IllegalArgumentException _ when !hasStarted -> Failed.Kind.USAGE;
            default -> Failed.Kind.FAILED;
        };
    }
}
