package io.dlrm4j.trainer.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Files that tell of a job (metrics, timelines, configurations): they name folders and machines, so new ones
/// belong to their user alone, folders 0700, files 0600. One that exists keeps its mode.
public final class PrivateFiles {
    private static final FileAttribute<Set<PosixFilePermission>> OWN_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWN_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private PrivateFiles() {}

    /// Makes a folder and those above it, where they are missing.
    ///
    /// @return the folder
    public static Path folder(Path folder) throws IOException {
        return Files.createDirectories(folder, OWN_FOLDER);
    }

    /// Opens a file for writing, and makes it where it is missing.
    ///
    /// @param append whether what is in it stays
    public static OutputStream open(Path file, boolean append) throws IOException {
        StandardOpenOption how = append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        return Channels.newOutputStream(
                Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, how), OWN_FILE));
    }

    /// Writes a text file, over one that is there.
    public static void write(Path file, String text) throws IOException {
        try (OutputStream out = open(file, false)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
