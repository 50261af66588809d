package io.dlrm4j.bench.peers;

import io.dlrm4j.comm.HostDriver;
import io.dlrm4j.launch.process.JobFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Runs one side once, from the start of its processes to their end.
///
/// Every side gets the same cores: core 0 for one, cores 0 and 1 for two. Nothing of this environment reaches it but
/// what is needed to find programs, so that no inherited setting of a BLAS or of OpenMP helps or hurts anybody.
final class SideProcess {
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "USER", "LANG", "TMPDIR");
    private static final long DEADLINE_MINUTES = 10;
    private static final int LOG_TAIL = 2_000;

    private final Path logs;

    /// @param logs folder of what the sides write to standard error
    SideProcess(Path logs) {
        this.logs = logs;
    }

    /// @param options for every process
    /// @return the lines that the side printed
    /// @throws IOException when a process fails; the message ends with its last words
    List<String> run(Side side, List<String> options) throws IOException, InterruptedException {
        if (side.who() != Side.Who.OURS || side.processes() == 1) {
            return finish(List.of(start(side, options, Map.of(), 0)), side);
        }
        int n = side.processes();
        try (JobFolder folder = JobFolder.make(Path.of(System.getProperty("java.io.tmpdir")), new byte[0]);
                HostDriver driver = HostDriver.start(folder.id(), n, n, Ranks.TERM_LENGTH)) {
            Map<String, String> ranks = new HashMap<>();
            ranks.put("WORLD_SIZE", String.valueOf(n));
            ranks.put("MASTER_ADDR", "127.0.0.1");
            ranks.put("MASTER_PORT", String.valueOf(freePort()));
            ranks.put("DLRM_TOKEN_FILE", folder.token().toString());
            ranks.put("DLRM_AERON_DIR", driver.directory().toString());
            List<Process> processes = new ArrayList<>();
            for (int rank = 0; rank < n; rank++) {
                ranks.put("RANK", String.valueOf(rank));
                processes.add(start(side, options, ranks, rank));
            }
            return finish(processes, side);
        }
    }

    private Process start(Side side, List<String> options, Map<String, String> rank, int number) throws IOException {
        List<String> command = new ArrayList<>(List.of("taskset", "-c", side.cores() == 1 ? "0" : "0,1"));
        command.addAll(side.command());
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().retainAll(INHERITED);
        builder.environment().putAll(side.environment());
        builder.environment().putAll(rank);
        builder.redirectOutput(file(side, number, "out").toFile());
        builder.redirectError(file(side, number, "err").toFile());
        return builder.start();
    }

    private Path file(Side side, int number, String stream) {
        return logs.resolve(side.name().replaceAll("[^A-Za-z0-9.]+", "-") + "-" + number + "." + stream);
    }

    private List<String> finish(List<Process> processes, Side side) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(DEADLINE_MINUTES);
        try {
            for (int i = 0; i < processes.size(); i++) {
                boolean ended = processes.get(i).waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (!ended || processes.get(i).exitValue() != 0) {
                    String words = Files.readString(file(side, i, "err"), StandardCharsets.UTF_8);
                    throw new IOException("%s: process %d %s: %s"
                            .formatted(
                                    side.name(),
                                    i,
                                    ended
                                            ? "exit code " + processes.get(i).exitValue()
                                            : "still ran after " + DEADLINE_MINUTES + " minutes",
                                    words.substring(Math.max(0, words.length() - LOG_TAIL))));
                }
            }
        } finally {
            processes.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
            processes.forEach(Process::destroyForcibly);
        }
        return Files.readAllLines(file(side, 0, "out"));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port", e);
        }
    }
}
