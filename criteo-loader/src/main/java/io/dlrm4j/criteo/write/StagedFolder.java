package io.dlrm4j.criteo.write;

import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A folder that is filled under another name, `<output>.partial`, and gets its own when it is complete.
///
/// What an earlier run that was killed left under that name is removed; a run that is still at it holds a lock there.
final class StagedFolder implements AutoCloseable {
    private static final String LOCK = "lock";

    private final Path output;
    private final Path folder;
    private final FileChannel lock;
    private boolean open = true;

    private StagedFolder(Path output, Path folder, FileChannel lock) {
        this.output = output;
        this.folder = folder;
        this.lock = lock;
    }

    /// @param output where the folder will be; must be absent or empty
    static StagedFolder create(Path output) throws IOException {
        Path target = output.toAbsolutePath().normalize();
        if (target.getFileName() == null) {
            throw new DataException("%s: cannot be an output folder".formatted(output));
        }
        checkAbsent(target);
        Path folder = target.resolveSibling(target.getFileName() + ".partial");
        Files.createDirectories(folder);
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            channel.close();
            throw new DataException(
                    "%s: another run is writing it; wait for it or choose another output".formatted(folder));
        }
        clear(folder);
        return new StagedFolder(target, folder, channel);
    }

    private static void checkAbsent(Path output) throws IOException {
        if (!Files.exists(output)) {
            return;
        }
        if (!Files.isDirectory(output)) {
            throw new DataException("%s: is a file, want a folder that does not exist yet".formatted(output));
        }
        try (Stream<Path> files = Files.list(output)) {
            if (files.findAny().isPresent()) {
                throw new DataException("%s: is not empty; remove it or choose another output".formatted(output));
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by another thread of this process
        }
    }

    /// @return whether a file of the folder is part of what will be published
    static boolean isContent(Path file) {
        return !file.endsWith(LOCK);
    }

    private static void clear(Path folder) throws IOException {
        List<Path> old;
        try (Stream<Path> files = Files.list(folder)) {
            old = files.filter(StagedFolder::isContent).toList();
        }
        for (Path file : old) {
            Files.delete(file);
        }
    }

    /// @return where the files are to be written
    Path folder() {
        return folder;
    }

    /// Writes a small file and waits until the disk has it.
    void write(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.write(file, bytes, StandardOpenOption.CREATE_NEW);
        sync(file, StandardOpenOption.WRITE);
    }

    /// Gives the folder its name.
    void publish() throws IOException {
        Files.delete(folder.resolve(LOCK));
        sync(folder, StandardOpenOption.READ);
        Files.move(folder, output, StandardCopyOption.ATOMIC_MOVE);
        open = false;
        lock.close();
        Path parent = output.getParent();
        if (parent != null) {
            sync(parent, StandardOpenOption.READ);
        }
    }

    private static void sync(Path path, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }

    /// Moves one of the files out, beside the output, to be kept when the folder is not published.
    ///
    /// @return where it is now
    Path keep(String name) throws IOException {
        Path kept = output.resolveSibling(output.getFileName() + "." + name);
        return Files.move(folder.resolve(name), kept, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Removes everything unless it was published.
    @Override
    public void close() throws IOException {
        if (!open) {
            return;
        }
        open = false;
        clear(folder);
        Files.delete(folder.resolve(LOCK));
        lock.close();
        Files.delete(folder);
    }
}
