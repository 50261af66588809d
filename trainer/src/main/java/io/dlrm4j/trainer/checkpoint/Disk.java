package io.dlrm4j.trainer.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Everything a checkpoint does that changes a file system, one operation a method, so that a test can stop, fail or
/// forget each of them.
interface Disk {
    /// The real one. What it makes belongs to its user alone: folders 0700, files 0600.
    Disk REAL = new RealDisk();

    /// Makes a folder and those above it, where they are missing.
    void createFolders(Path folder) throws IOException;

    /// Opens a new file for writing.
    Out create(Path file) throws IOException;

    /// Gives a file or folder another name within its file system, at once.
    void rename(Path from, Path to) throws IOException;

    /// Waits until the device has the names in a folder.
    void sync(Path folder) throws IOException;

    /// Deletes a file or an empty folder.
    void delete(Path path) throws IOException;

    /// A file that is being written.
    interface Out extends Closeable {
        /// Appends all of `bytes`.
        void write(ByteBuffer bytes) throws IOException;

        /// Waits until the device has all of it. An error is final: what the device has is unknown, so the file must be
        /// given up, and a second call would claim success for pages that were dropped.
        void force() throws IOException;

        /// @return bytes in the file
        long size() throws IOException;
    }

    /// The disk of this machine.
    final class RealDisk implements Disk {
        private static final FileAttribute<Set<PosixFilePermission>> OWN_FILE =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        private static final FileAttribute<Set<PosixFilePermission>> OWN_FOLDER =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

        private RealDisk() {}

        @Override
        public void createFolders(Path folder) throws IOException {
            Files.createDirectories(folder, OWN_FOLDER);
        }

        @Override
        public Out create(Path file) throws IOException {
            return new RealOut(
                    FileChannel.open(file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), OWN_FILE));
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void sync(Path folder) throws IOException {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }

        @Override
        public void delete(Path path) throws IOException {
            Files.delete(path);
        }
    }

    /// A file on it.
    ///
    /// @param channel open for writing, at its end
    record RealOut(FileChannel channel) implements Out {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void force() throws IOException {
            channel.force(true);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
