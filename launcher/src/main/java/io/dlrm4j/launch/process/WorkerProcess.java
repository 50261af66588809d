package io.dlrm4j.launch.process;

import io.dlrm4j.launch.report.WorkerReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// One running worker: its process and the threads that hear it.
///
/// The worker's standard input stays open; a byte asks it to stop, the end tells it that the launcher is gone.
final class WorkerProcess {
    private static final long DRAIN_MILLIS = 1_000;

    /// What is heard from a worker process.
    sealed interface Event {
        int rank();
    }

    /// A report on standard output.
    record Reported(int rank, WorkerReport report) implements Event {}

    /// A line for people.
    record Logged(int rank, String line) implements Event {}

    /// The process is gone and all it had written has been heard.
    record Ended(int rank, int exitCode) implements Event {}

    private final int rank;
    private final Process process;
    private final BlockingQueue<Event> events;

    private WorkerProcess(int rank, Process process, BlockingQueue<Event> events) {
        this.rank = rank;
        this.process = process;
        this.events = events;
    }

    /// Starts the process and the threads that put what it says into `events`; its end is the last event.
    ///
    /// @param environment added to this process's own
    static WorkerProcess start(
            int rank, List<String> command, Map<String, String> environment, BlockingQueue<Event> events)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        WorkerProcess worker = new WorkerProcess(rank, builder.start(), events);
        Thread out = worker.hear("out", worker.process.getInputStream());
        Thread err = worker.hear("err", worker.process.getErrorStream());
        Thread.ofVirtual().name("worker-" + rank + "-end").start(() -> worker.awaitEnd(out, err));
        return worker;
    }

    int rank() {
        return rank;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void askToStop() {
        try {
            OutputStream in = process.getOutputStream();
            in.write('s');
            in.flush();
        } catch (IOException gone) {
            // Its end is reported by awaitEnd.
        }
    }

    void kill() {
        process.destroyForcibly();
    }

    private Thread hear(String stream, InputStream in) {
        return Thread.ofVirtual().name("worker-" + rank + "-" + stream).start(() -> readLines(in));
    }

    private void readLines(InputStream in) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                WorkerReport report = ReportLine.read(line);
                events.put(report == null ? new Logged(rank, line) : new Reported(rank, report));
            }
        } catch (IOException closed) {
            // The process is gone; its end is reported by awaitEnd.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for the output as well, but not for long: a child of the worker might hold the pipes open.
    private void awaitEnd(Thread out, Thread err) {
        try {
            int exitCode = process.waitFor();
            out.join(DRAIN_MILLIS);
            err.join(DRAIN_MILLIS);
            events.put(new Ended(rank, exitCode));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean awaitEnd(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }
}
