package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.trainer.manifest.CheckpointManifest;
import io.dlrm4j.trainer.manifest.ShardFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder that holds a job's checkpoints, as a file system: one folder a step, the newest found by its name.
///
/// ```
/// checkpoints/
///   step-00001000/   manifest.pb  dense.safetensors  rank-0000.safetensors  rank-0001.safetensors
///   step-00002000/
///   step-00003000.tmp/    being written, or left by a crash; never read
/// ```
///
/// @param path the folder
public record CheckpointFolder(Path path) {
    private static final Pattern STEP = Pattern.compile("step-(\\d{8,18})");

    /// @return the checkpoints, newest first, verified or not
    /// @throws CheckpointException when the folder cannot be read
    public List<Path> newestFirst() {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> STEP.matcher(name(entry)).matches())
                    .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .sorted(Comparator.comparingLong(CheckpointFolder::step).reversed())
                    .toList();
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be listed: %s".formatted(path, e), e);
        }
    }

    /// Reads every file of one checkpoint from end to end.
    ///
    /// @param checkpoint its folder
    /// @throws CheckpointException when anything is missing, cut or damaged, naming file and block
    public static void verify(Path checkpoint) {
        CheckpointManifest manifest = ManifestFile.read(checkpoint);
        MemorySegment block = MemorySegment.ofArray(new byte[manifest.getBlockBytes()]);
        for (ShardFile file : manifest.getFilesList()) {
            verify(checkpoint, manifest, file, block);
        }
    }

    static void verify(Path checkpoint, CheckpointManifest manifest, ShardFile file, MemorySegment block) {
        try (BlockReader reader = new BlockReader(checkpoint, file, block, manifest.getBlockBytes())) {
            reader.verify();
        } catch (NoSuchFileException e) {
            throw new CheckpointException(checkpoint.resolve(file.getName()) + ": no such file", e);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(checkpoint.resolve(file.getName()), e), e);
        }
    }

    /// @return where the checkpoint of `step` lies once it is finished
    Path finished(long step) {
        return path.resolve("step-%08d".formatted(step));
    }

    /// Makes the folder in which the checkpoint of `step` is written.
    Path begin(long step) throws IOException {
        Path unfinished = unfinished(step);
        delete(unfinished);
        return Files.createDirectories(unfinished);
    }

    Path unfinished(long step) {
        return path.resolve("step-%08d.tmp".formatted(step));
    }

    /// Gives the finished checkpoint its name; from then on it exists, also after a loss of power.
    void commit(long step) throws IOException {
        Path finished = finished(step);
        sync(unfinished(step));
        Path replaced = path.resolve("step-%08d.old".formatted(step));
        delete(replaced);
        if (Files.exists(finished, LinkOption.NOFOLLOW_LINKS)) { // one that did not verify
            Files.move(finished, replaced, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(unfinished(step), finished, StandardCopyOption.ATOMIC_MOVE);
        sync(path);
        delete(replaced);
    }

    /// Deletes all checkpoints but the newest `keep`.
    void prune(int keep) throws IOException {
        List<Path> all = newestFirst();
        for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
            delete(old);
        }
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(files::add);
        }
        for (Path file : files.reversed()) {
            Files.delete(file);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static long step(Path checkpoint) {
        return Long.parseLong(name(checkpoint).substring("step-".length()));
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
