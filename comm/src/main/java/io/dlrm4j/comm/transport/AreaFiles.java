package io.dlrm4j.comm.transport;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Areas of shared memory as mapped files in the media driver's directory, readable by their owner alone; they go with
/// the directory.
final class AreaFiles implements SharedMemory.Areas {
    private static final Logger LOG = LoggerFactory.getLogger(AreaFiles.class);
    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    private static final FileAttribute<?> OWNER_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final int ZEROS = 1 << 16;

    private final Path directory;
    private final Arena arena = Arena.ofShared();

    AreaFiles(Path directory) {
        this.directory = directory;
    }

    /// Writes every page, so that a full /dev/shm shows here and not as a crash later.
    @Override
    public @Nullable MemorySegment create(int rank, int number, long bytes, long alignment) {
        Path file = file(rank, number);
        try (FileChannel channel = FileChannel.open(file, CREATE, OWNER_ALONE)) {
            try {
                ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);
                for (long written = 0; written < bytes; ) {
                    zeros.clear().limit((int) Math.min(ZEROS, bytes - written));
                    written += channel.write(zeros);
                }
                return map(channel, bytes); // aligned to a page, more than anybody asks for
            } catch (IOException e) {
                channel.truncate(0); // gives back what was written
                throw e;
            }
        } catch (IOException e) {
            LOG.warn(
                    "rank {}: no room to share {} MiB in {}, so they travel in frames, which is slower; enlarge it ({})",
                    rank,
                    ((bytes - 1) >> 20) + 1,
                    directory,
                    e.getMessage());
            return null;
        }
    }

    @Override
    public @Nullable MemorySegment open(int rank, int number) {
        try (FileChannel channel =
                FileChannel.open(file(rank, number), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return map(channel, channel.size());
        } catch (IOException e) {
            return null; // the frame that named it is then told as wrong, and by whom
        }
    }

    /// Returns the mapped bytes as a plain native segment of the same lifetime. A mapped segment is of another class
    /// than all other memory; the vector kernels, which see both, were then compiled over and over again.
    @SuppressWarnings("restricted")
    private MemorySegment map(FileChannel channel, long bytes) throws IOException {
        MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        return MemorySegment.ofAddress(mapped.address()).reinterpret(bytes, arena, null);
    }

    private Path file(int rank, int number) {
        return directory.resolve("shared-%d-%d".formatted(rank, number));
    }

    @Override
    public void close() {
        arena.close();
    }
}
