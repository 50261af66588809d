package io.dlrm4j.effects.format;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that appears under its name whole or not at all: it is written as `NAME.tmp` beside it, synced, renamed.
public final class NewFile implements Closeable {
    private final Path file;
    private final Path unfinished;
    private boolean finished;

    private NewFile(Path file, Path unfinished) {
        this.file = file;
        this.unfinished = unfinished;
    }

    /// Makes the file's folder where it is missing.
    ///
    /// @param file where it will be; replaced when it is there already
    public static NewFile begin(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder == null) {
            throw new IOException("%s: is a folder, want a file's name".formatted(absolute));
        }
        Files.createDirectories(folder);
        Path unfinished = absolute.resolveSibling(absolute.getFileName() + ".tmp");
        Files.deleteIfExists(unfinished);
        return new NewFile(absolute, unfinished);
    }

    /// Writes a whole text file.
    public static void write(Path file, String text) throws IOException {
        try (NewFile begun = begin(file)) {
            Files.writeString(begun.unfinished, text);
            begun.finish();
        }
    }

    /// @return where to write until [#finish]
    public Path unfinished() {
        return unfinished;
    }

    /// Makes the file, whose writer is closed by now, appear under its name, durable.
    ///
    /// @return its absolute path
    public Path finish() throws IOException {
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        finished = true;
        syncFolder(file.resolveSibling("."));
        return file;
    }

    /// Makes names that appeared in or vanished from a folder durable.
    public static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Deletes an unfinished file.
    @Override
    public void close() throws IOException {
        if (!finished) {
            Files.deleteIfExists(unfinished);
        }
    }
}
