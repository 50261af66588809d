package io.dlrm4j.trainer.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The right to write checkpoints into a folder, held by one process at a time and lost with it, however it ends: the
/// system holds the lock, the file's text only tells people whose it is.
///
/// A process that is stopped, not dead, keeps it: two jobs that believe they are the same one never write together.
final class FolderLock implements AutoCloseable {
    static final String NAME = "lock";
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /// @param folder exists
    /// @throws CheckpointException when another process holds it, naming the process
    /// @throws IOException when the folder cannot be written or its file system has no locks
    static FolderLock take(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            if (tryLock(channel) == null) {
                throw new CheckpointException(
                        ("%s: another job writes checkpoints here (%s); wait for its end, stop it, "
                                        + "or choose another checkpoint.path")
                                .formatted(folder, owner(file)));
            }
            byte[] owner = "process %d, boot %s\n"
                    .formatted(ProcessHandle.current().pid(), boot())
                    .getBytes(StandardCharsets.UTF_8);
            channel.truncate(0);
            ByteBuffer text = ByteBuffer.wrap(owner);
            while (text.hasRemaining()) {
                channel.write(text);
            }
            return new FolderLock(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // held by another job of this process
        }
    }

    private static String owner(Path file) throws IOException {
        String text = Files.readString(file).strip();
        return text.isEmpty() ? "its process is unknown" : text;
    }

    private static String boot() throws IOException {
        return Files.isReadable(BOOT) ? Files.readString(BOOT).strip() : "unknown";
    }

    @Override
    public void close() throws IOException {
        channel.close(); // ends the lock
    }
}
