package io.dlrm4j.launch;

import io.dlrm4j.comm.HostDriver;
import io.dlrm4j.core.blas.BlasEnvironment;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.launch.process.Interruption;
import io.dlrm4j.launch.process.JobFolder;
import io.dlrm4j.launch.process.Outcome;
import io.dlrm4j.launch.process.StartupArchive;
import io.dlrm4j.launch.process.WorkerGroup;
import io.dlrm4j.launch.process.WorkerJvm;
import io.dlrm4j.launch.report.Finished;
import io.dlrm4j.launch.screen.Screen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs a job on this machine: one media driver owned here, one worker process a rank, and nothing left of either at
/// the end.
///
/// An attempt that loses a rank may be followed by another from the newest whole checkpoint ([Restarts]). Attempts
/// share nothing but the folder of checkpoints: each has its own token, port, driver and folder in shared memory, and
/// begins when every process of the one before is gone.
final class JobLauncher {
    /// What the clean-up after the last worker may take.
    private static final int CLOSE_SECONDS = 12;

    private final Shell shell;
    private final HostOptions hosts;
    private final Screen screen;
    private final boolean detailed;
    private volatile @Nullable WorkerGroup running;
    private volatile boolean stopped;

    /// How one attempt ended.
    private record Attempt(Outcome outcome, JobView view, long failureNanos) {}

    /// @param screen where the job is shown; stays open
    /// @param detailed whether the sharding plan and the workers' processes are shown
    JobLauncher(Shell shell, HostOptions hosts, Screen screen, boolean detailed) {
        this.shell = shell;
        this.hosts = hosts;
        this.screen = screen;
        this.detailed = detailed;
    }

    /// Refuses what [#run] would refuse before it starts anything.
    void check(JobConfig config) throws IOException {
        hosts.check();
        if (hosts.isFirstMachine()) {
            Preflight.port(hosts.masterAddress(), hosts.masterPort());
        }
        if (hosts.worldSize() > 1) {
            Preflight.sharedMemory(
                    hosts.workers(), hosts.worldSize(), config.getComm().getTermLength());
        }
    }

    /// Starts the workers and waits for their end; a lost rank is the end of the job.
    ///
    /// @param name of the work, before its progress
    /// @return what the first rank of this machine reported at its end
    /// @throws UsageException when a port or shared memory is missing; nothing was started
    /// @throws FailedException when the job did not do its work, naming the rank at fault
    Finished run(String name, JobConfig config, WorkerTask task) throws IOException, InterruptedException {
        return run(name, config, task, Restarts.none(hosts.workers()));
    }

    /// Starts the workers and waits for their end; after a lost rank starts them again, as often as `restarts` says.
    ///
    /// @param config with a folder of checkpoints, if there are restarts
    Finished run(String name, JobConfig config, WorkerTask task, Restarts restarts)
            throws IOException, InterruptedException {
        hosts.check();
        int grace = config.getCheckpoint().getGraceSeconds();
        try (Interruption _ = new Interruption(this::stop, (long) grace + CLOSE_SECONDS)) {
            JobView.Since since = new JobView.Since("ready after", System.nanoTime());
            Attempt attempt = attempt(name, config, task, hosts, since);
            while (attempt.outcome().isLost()
                    && !stopped
                    && restarts.again(attempt.view().progressed())) {
                tell(attempt, restarts, config);
                JobConfig.Builder again = config.toBuilder();
                again.getCheckpointBuilder().setResume(true);
                since = new JobView.Since("training again after", attempt.failureNanos());
                attempt = attempt(name, again.build(), task, hosts.withWorkers(restarts.workers()), since);
            }
            return result(attempt, config, task);
        }
    }

    private void tell(Attempt lost, Restarts restarts, JobConfig config) {
        long step = lost.view().lastStep();
        screen.line("%s; last step seen: %s; restart %d of %d with %d workers from the newest whole checkpoint in %s"
                .formatted(
                        lost.outcome().message(),
                        step < 0 ? "none" : step,
                        restarts.done(),
                        restarts.most(),
                        restarts.workers(),
                        config.getCheckpoint().getPath()));
    }

    private Finished result(Attempt attempt, JobConfig config, WorkerTask task) {
        Outcome outcome = attempt.outcome();
        Finished finished = attempt.view().finished();
        if (!outcome.isDone()) {
            throw new FailedException(outcome.message(), outcome.exitCode());
        }
        if (finished != null && finished.getStopped()) {
            screen.line("stopped after step " + finished.getSteps() + " with checkpoint " + finished.getCheckpoint()
                    + "; --resume continues");
            throw new FailedException("ended by a signal", RankRun.TERMINATED);
        }
        if (finished == null && stopped) {
            screen.line(RankRun.saves(config, task) ? "stopped without a last checkpoint" : "stopped");
            throw new FailedException("ended by a signal", RankRun.TERMINATED);
        }
        if (finished == null) {
            throw new FailedException("rank " + hosts.firstRank() + " ended without a result of " + task.kind(), 1);
        }
        return finished;
    }

    private Attempt attempt(String name, JobConfig config, WorkerTask task, HostOptions here, JobView.Since since)
            throws IOException, InterruptedException {
        int port = here.isFirstMachine() ? Preflight.port(here.masterAddress(), here.masterPort()) : here.masterPort();
        JobView view = new JobView(screen, name, here.firstRank(), detailed, since);
        try (JobFolder folder = JobFolder.make(Path.of(System.getProperty("java.io.tmpdir")), config.toByteArray());
                MaybeDriver driver = startDriver(folder, config, here)) {
            List<WorkerGroup.Start> starts = starts(task, folder, driver.directory(), port, here);
            WorkerGroup group = WorkerGroup.start(
                    starts, TimeUnit.SECONDS.toMillis(config.getCheckpoint().getGraceSeconds()));
            try (group) {
                return run(view, group);
            } finally {
                running = null;
                requireGone(group);
            }
        }
    }

    private Attempt run(JobView view, WorkerGroup group) throws InterruptedException {
        running = group;
        if (stopped) { // before there was a group to tell
            group.stop();
        }
        List<Long> pids = group.pids();
        for (int local = 0; detailed && local < pids.size(); local++) {
            screen.line("rank " + (hosts.firstRank() + local) + " is process " + pids.get(local));
        }
        Outcome outcome = group.run(view);
        screen.endProgress();
        return new Attempt(outcome, view, group.failureNanos());
    }

    /// A process that cannot be killed might still write when the next attempt does.
    private static void requireGone(WorkerGroup group) {
        if (!group.survivors().isEmpty()) {
            throw new FailedException("processes " + group.survivors() + " cannot be killed; look at the machine", 1);
        }
    }

    private void stop() {
        stopped = true;
        WorkerGroup group = running;
        if (group != null) {
            group.stop();
        }
    }

    /// A job of one rank needs no driver.
    private record MaybeDriver(@Nullable HostDriver driver, Path directory) implements AutoCloseable {
        @Override
        public void close() {
            if (driver != null) {
                driver.close();
            }
        }
    }

    private static MaybeDriver startDriver(JobFolder folder, JobConfig config, HostOptions here) {
        if (here.worldSize() == 1) {
            return new MaybeDriver(null, folder.config());
        }
        try {
            HostDriver driver = HostDriver.start(
                    folder.id(),
                    here.workers(),
                    here.worldSize(),
                    config.getComm().getTermLength());
            return new MaybeDriver(driver, driver.directory());
        } catch (IOException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private List<WorkerGroup.Start> starts(
            WorkerTask task, JobFolder folder, Path aeronDirectory, int port, HostOptions here) throws IOException {
        StartupArchive archive = StartupArchive.ofProperties();
        Path token = here.tokenFile();
        Map<String, String> common = new HashMap<>(BlasEnvironment.variables(shell.environment()));
        common.put("WORLD_SIZE", String.valueOf(here.worldSize()));
        common.put(RankRun.LOCAL_WORLD_SIZE, String.valueOf(here.workers()));
        common.put("MASTER_ADDR", here.masterAddress());
        common.put("MASTER_PORT", String.valueOf(port));
        common.put("DLRM_ADDRESS", here.address());
        common.put("DLRM_TOKEN_FILE", (token == null ? folder.token() : token).toString());
        common.put("DLRM_AERON_DIR", aeronDirectory.toString());
        common.put("DLRM_JOB_ID", folder.id());
        common.put("DLRM_SUPERVISED", "1");
        List<WorkerGroup.Start> starts = new ArrayList<>();
        for (int local = 0; local < here.workers(); local++) {
            int rank = here.firstRank() + local;
            Map<String, String> environment = new HashMap<>(common);
            environment.put("RANK", String.valueOf(rank));
            environment.put("LOCAL_RANK", String.valueOf(local));
            List<String> flags = new ArrayList<>(archive.options(local == 0, shell.debug()));
            flags.addAll(userFlags());
            starts.add(new WorkerGroup.Start(rank, command(flags, folder, task), environment));
        }
        return starts;
    }

    private List<String> command(List<String> flags, JobFolder folder, WorkerTask task) throws IOException {
        List<String> command = new ArrayList<>(WorkerJvm.command(Main.class.getName(), flags));
        command.addAll(LaunchedRank.words(folder.config(), task));
        if (shell.debug()) {
            command.add("--debug");
        }
        return command;
    }

    private List<String> userFlags() {
        String options = shell.environment().getOrDefault("DLRM_JAVA_OPTS", "").strip();
        return options.isEmpty() ? List.of() : List.of(options.split("\\s+"));
    }
}
