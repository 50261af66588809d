package io.dlrm4j.launch;

import io.dlrm4j.comm.HostDriver;
import io.dlrm4j.core.config.JobConfig;
import io.dlrm4j.core.config.ModelConfig;
import io.dlrm4j.trainer.score.ScoreWriter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/// What can be found wrong before anything is started or written; each method throws a [UsageException] that says what
/// to do.
final class Preflight {
    private static final long MIB = 1L << 20;
    private static final String HOW_TO_GET_DATA = "want a folder written by dlrm prepare or dlrm generate";

    private Preflight() {}

    /// Refuses a missing, unreadable or unprepared data folder.
    static void data(JobConfig config) {
        String path = config.getData().getPath();
        if (path.isEmpty()) {
            throw new UsageException("no --data, " + HOW_TO_GET_DATA);
        }
        Path folder = Path.of(path);
        if (!Files.exists(folder)) {
            throw new UsageException("data.path=" + path + " does not exist, " + HOW_TO_GET_DATA);
        }
        if (!Files.isDirectory(folder)) {
            throw new UsageException("data.path=" + path + " is a file, " + HOW_TO_GET_DATA);
        }
        Path manifest = folder.resolve("manifest.json");
        if (!Files.exists(manifest)) {
            throw new UsageException("data.path=" + path + " has no manifest.json, " + HOW_TO_GET_DATA);
        }
        if (!Files.isReadable(manifest)) {
            throw new UsageException(manifest + " cannot be read, want read permission");
        }
    }

    /// Refuses a file that is missing, a folder, or unreadable.
    ///
    /// @param option printed: `--input`
    static void readable(String option, Path file) {
        if (!Files.exists(file)) {
            throw new UsageException(option + "=" + file + " does not exist");
        }
        if (Files.isDirectory(file)) {
            throw new UsageException(option + "=" + file + " is a folder, want a file");
        }
        if (!Files.isReadable(file)) {
            throw new UsageException(option + "=" + file + " cannot be read, want read permission");
        }
    }

    /// Refuses a training without the shape of its MLPs.
    static void model(JobConfig config) {
        ModelConfig model = config.getModel();
        if (model.getBottomCount() == 0 || model.getTopCount() == 0) {
            String key = model.getBottomCount() == 0 ? "model.bottom" : "model.top";
            throw new UsageException(key + " has no widths, want --config configs/criteo-kaggle.yaml"
                    + " or --bottom 13-512-256-64-16 --top 512-256-1");
        }
    }

    /// Refuses a folder that cannot be made or written; an empty path is fine.
    ///
    /// @param key printed: `checkpoint.path`
    static void writable(String key, String path) {
        if (path.isEmpty()) {
            return;
        }
        Path existing = Path.of(path).toAbsolutePath();
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                throw new UsageException(key + "=" + path + ", want a folder that can be made");
            }
            existing = parent;
        }
        if (!Files.isDirectory(existing)) {
            throw new UsageException(key + "=" + path + ": " + existing + " is a file, want a folder");
        }
        if (!Files.isWritable(existing)) {
            throw new UsageException(key + "=" + path + ": " + existing + " cannot be written, want write permission");
        }
    }

    /// Refuses a file that cannot be made or overwritten; an empty path is fine.
    ///
    /// @param key printed: `train.trace`
    static void overwritable(String key, String path) {
        if (path.isEmpty()) {
            return;
        }
        Path file = Path.of(path).toAbsolutePath();
        if (Files.isDirectory(file)) {
            throw new UsageException(key + "=" + path + " is a folder, want a file");
        }
        if (Files.exists(file) && !Files.isWritable(file)) {
            throw new UsageException(key + "=" + path + " cannot be written, want write permission");
        }
        writable(key, String.valueOf(file.getParent()));
    }

    /// Refuses a checkpoint folder that is not there.
    static void checkpoint(JobConfig config) {
        String path = config.getCheckpoint().getPath();
        if (path.isEmpty()) {
            throw new UsageException("no --checkpoint, want a checkpoint or a folder of them");
        }
        if (!Files.isDirectory(Path.of(path))) {
            throw new UsageException(
                    "checkpoint.path=" + path + " is no folder, want a checkpoint or a folder of them");
        }
    }

    /// Refuses to evaluate nothing.
    static void evaluation(JobConfig config) {
        if (config.getTrain().getEvaluateOn().equals("none")) {
            throw new UsageException("train.evaluate_on=none, want test, validation, last_day or all");
        }
    }

    /// Refuses a file of scores that exists, whose format is unknown, or that cannot be written.
    ///
    /// @param hidden whether it is to hold the hidden layer's activations
    static void scores(Path file, boolean hidden) {
        try {
            ScoreWriter.requireKnown(file, hidden);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--output: " + e.getMessage());
        }
        absent("--output", file);
    }

    /// Refuses to overwrite, and what cannot be made.
    ///
    /// @param option printed: `--output`
    static void absent(String option, Path path) {
        if (Files.exists(path)) {
            throw new UsageException(option + "=" + path + " exists, want a new name");
        }
        writable(option, String.valueOf(path.toAbsolutePath().getParent()));
    }

    /// Refuses shared memory that cannot hold the streams of a job.
    static void sharedMemory(int localRanks, int ranks, int termLength) throws IOException {
        Path shared = HostDriver.SHARED_MEMORY;
        if (!Files.isWritable(shared)) {
            throw new UsageException(shared + " cannot be written, want shared memory mounted there");
        }
        long needed = HostDriver.bytesNeeded(localRanks, ranks, termLength) / MIB + 1;
        long usable = Files.getFileStore(shared).getUsableSpace() / MIB;
        if (usable < needed) {
            throw new UsageException("%s has %d MiB left, want %d MiB; enlarge it or lower comm.term_length"
                    .formatted(shared, usable, needed));
        }
    }

    /// @param address where it will be listened on
    /// @param wanted a port, or 0 for any
    /// @return a port that is free now
    static int port(String address, int wanted) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address, wanted));
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UsageException("--master-port=%d at %s: %s; want a free port of an address of this machine"
                    .formatted(wanted, address, e.getMessage()));
        }
    }
}
