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
import org.jspecify.annotations.Nullable;

/// Runs a job on this machine: one media driver owned here, one worker process a rank, and nothing left of either at
/// the end.
final class JobLauncher {
    private final Shell shell;
    private final HostOptions hosts;
    private final Screen screen;
    private final boolean detailed;
    private volatile @Nullable WorkerGroup running;

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

    /// Starts the workers and waits for their end.
    ///
    /// @param name of the work, before its progress
    /// @return what the first rank of this machine reported at its end
    /// @throws UsageException when a port or shared memory is missing; nothing was started
    /// @throws FailedException when the job did not do its work, naming the rank at fault
    Finished run(String name, JobConfig config, WorkerTask task) throws IOException, InterruptedException {
        hosts.check();
        int port =
                hosts.isFirstMachine() ? Preflight.port(hosts.masterAddress(), hosts.masterPort()) : hosts.masterPort();
        try (Interruption _ = new Interruption(this::stop);
                JobFolder folder = JobFolder.make(Path.of(System.getProperty("java.io.tmpdir")), config.toByteArray());
                MaybeDriver driver = startDriver(folder, config)) {
            return run(name, task, starts(task, folder, driver.directory(), port));
        }
    }

    private Finished run(String name, WorkerTask task, List<WorkerGroup.Start> starts)
            throws IOException, InterruptedException {
        JobView view = new JobView(screen, name, hosts.firstRank(), detailed);
        try (WorkerGroup group = WorkerGroup.start(starts)) {
            running = group;
            for (int local = 0; detailed && local < starts.size(); local++) {
                screen.line("rank " + starts.get(local).rank() + " is process "
                        + group.pids().get(local));
            }
            Outcome outcome = group.run(view);
            screen.endProgress();
            Finished finished = view.finished();
            if (!outcome.isDone()) {
                throw new FailedException(outcome.message(), outcome.exitCode());
            }
            if (finished == null) {
                throw new FailedException("rank " + hosts.firstRank() + " ended without a result of " + task.kind(), 1);
            }
            return finished;
        } finally {
            running = null;
        }
    }

    private void stop() {
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

    private MaybeDriver startDriver(JobFolder folder, JobConfig config) {
        if (hosts.worldSize() == 1) {
            return new MaybeDriver(null, folder.config());
        }
        try {
            HostDriver driver = HostDriver.start(
                    folder.id(),
                    hosts.workers(),
                    hosts.worldSize(),
                    config.getComm().getTermLength());
            return new MaybeDriver(driver, driver.directory());
        } catch (IOException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private List<WorkerGroup.Start> starts(WorkerTask task, JobFolder folder, Path aeronDirectory, int port)
            throws IOException {
        StartupArchive archive = StartupArchive.ofProperties();
        Path token = hosts.tokenFile();
        Map<String, String> common = new HashMap<>(BlasEnvironment.variables(shell.environment()));
        common.put("WORLD_SIZE", String.valueOf(hosts.worldSize()));
        common.put("MASTER_ADDR", hosts.masterAddress());
        common.put("MASTER_PORT", String.valueOf(port));
        common.put("DLRM_ADDRESS", hosts.address());
        common.put("DLRM_TOKEN_FILE", (token == null ? folder.token() : token).toString());
        common.put("DLRM_AERON_DIR", aeronDirectory.toString());
        common.put("DLRM_JOB_ID", folder.id());
        common.put("DLRM_SUPERVISED", "1");
        List<WorkerGroup.Start> starts = new ArrayList<>();
        for (int local = 0; local < hosts.workers(); local++) {
            int rank = hosts.firstRank() + local;
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
