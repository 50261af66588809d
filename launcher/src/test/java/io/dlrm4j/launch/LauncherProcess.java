package io.dlrm4j.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The program in a process of its own, as `bin/dlrm` starts it, for tests that kill.
final class LauncherProcess implements AutoCloseable {
    private static final long SECONDS = 60;

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> heard = new ArrayList<>();
    private final List<ProcessHandle> workers = new ArrayList<>();
    private final Thread reader;

    private LauncherProcess(Process process) {
        this.process = process;
        this.reader = Thread.ofVirtual().start(() -> read(process.getInputStream()));
    }

    /// @param temporary its folder for temporary files
    static LauncherProcess start(Path temporary, String... args) throws IOException {
        return start(temporary, Around.NOTHING, args);
    }

    /// @param environment added to this process's own
    static LauncherProcess start(Path temporary, Map<String, String> environment, String... args) throws IOException {
        return start(temporary, new Around(List.of(), environment, List.of()), args);
    }

    /// What is around the program.
    ///
    /// @param before words before the command line
    /// @param environment added to this process's own
    /// @param flags of the launcher's virtual machine
    record Around(List<String> before, Map<String, String> environment, List<String> flags) {
        static final Around NOTHING = new Around(List.of(), Map.of(), List.of());
    }

    static LauncherProcess start(Path temporary, Around around, String... args) throws IOException {
        List<String> command = new ArrayList<>(around.before());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + temporary,
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m"));
        command.addAll(around.flags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(around.environment());
        return new LauncherProcess(builder.start());
    }

    private void read(InputStream in) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException closed) {
            // The process was killed by the test; what it had said was heard.
        }
    }

    /// Waits for a line that the pattern finds something in.
    Matcher await(String pattern) throws InterruptedException {
        Matcher found = awaitUnlessEnded(pattern);
        if (found == null) {
            throw new AssertionError("no line like " + pattern + " in " + heard);
        }
        return found;
    }

    /// Waits for a line that the pattern finds something in.
    ///
    /// @return null when the process ended without one
    @Nullable
    Matcher awaitUnlessEnded(String pattern) throws InterruptedException {
        Pattern wanted = Pattern.compile(pattern);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (System.nanoTime() < deadline) {
            boolean isOver = !reader.isAlive();
            String line = lines.poll(100, TimeUnit.MILLISECONDS);
            if (line != null) {
                heard.add(line);
                Matcher found = wanted.matcher(line);
                if (found.find()) {
                    return found;
                }
            } else if (isOver) {
                return null;
            }
        }
        throw new AssertionError("no line like " + pattern + " within " + SECONDS + " s in " + heard);
    }

    /// Waits until two ranks train.
    ///
    /// @return their processes
    List<ProcessHandle> awaitTraining() throws InterruptedException {
        List<ProcessHandle> started = awaitStarted(2);
        await("training \\d+ of \\d+");
        return started;
    }

    /// Waits until the processes of some ranks, from 0 on, are there.
    List<ProcessHandle> awaitStarted(int ranks) throws InterruptedException {
        List<ProcessHandle> started = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            long pid =
                    Long.parseLong(await("rank " + rank + " is process (\\d+)").group(1));
            ProcessHandle.of(pid).ifPresent(started::add);
        }
        workers.addAll(started);
        return started;
    }

    /// Sends a signal to any process.
    ///
    /// @param name without SIG
    /// @param pid negative: of all processes of a group
    static void signal(String name, long pid) throws IOException, InterruptedException {
        int exitCode = new ProcessBuilder("kill", "-" + name, "--", Long.toString(pid))
                .start()
                .waitFor();
        if (exitCode != 0) {
            throw new AssertionError("kill -" + name + " " + pid + " ended with " + exitCode);
        }
    }

    long pid() {
        return process.pid();
    }

    void kill() {
        process.destroyForcibly();
    }

    /// Sends SIGTERM. [Process#destroy] would close the output as well, and what it says at its end would be lost.
    void terminate() throws IOException, InterruptedException {
        signal("TERM", pid());
    }

    /// @return the exit code; fails when the process still runs after `seconds`
    int awaitEnd(long seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + seconds + " s: " + text());
        }
        reader.join();
        return process.exitValue();
    }

    /// @return all that was written until now
    String text() {
        lines.drainTo(heard);
        return String.join("\n", heard);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        workers.forEach(ProcessHandle::destroyForcibly);
    }
}
