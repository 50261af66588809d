package io.dlrm4j.comm;

import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.transport.AeronChannels;
import io.dlrm4j.comm.transport.AeronLinks;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.IoUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The media driver of one host, which carries all bytes of its ranks; owned by the launcher, never by a rank.
///
/// It works on one daemon thread that sleeps when nothing is to be done: it is on the data path of every stream (a
/// sender gets its window from it), yet spinning would take a core from the ranks. Its directory is new for each job,
/// in shared memory, for its user alone, and goes with it.
public final class HostDriver implements AutoCloseable {
    /// Where the directory is made by default.
    public static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private static final Logger LOG = LoggerFactory.getLogger(HostDriver.class);
    private static final Pattern DIRECTORY = Pattern.compile("dlrm-[A-Za-z0-9._]+-([0-9]+)");
    /// The driver makes its directory readable by all, so it lies within one that was never.
    private static final String AERON = "aeron";

    private static final FileAttribute<?> OWNER_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9._]+");
    /// The driver's command file with one mebibyte of counters, and its loss report; measured 11.0 MiB and 1.
    private static final long FIXED_BYTES = 13L << 20;
    private static final int COUNTER_BYTES = 1 << 20;
    private static final int LARGEST_MTU = 65_504;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long LIVENESS_MILLIS = 30_000;

    private final MediaDriver driver;
    private final Path folder;

    private HostDriver(MediaDriver driver, Path folder) {
        this.driver = driver;
        this.folder = folder;
    }

    /// Tells how many bytes may be used in a directory.
    @FunctionalInterface
    interface UsableSpace {
        long of(Path directory) throws IOException;
    }

    /// @param jobId letters, digits, dots and underscores
    /// @param localRanks ranks of this host
    /// @param ranks ranks of the job
    /// @param termLength as in [WorldConfig]
    /// @throws IOException when shared memory is too small or cannot be written; the message says what to do
    public static HostDriver start(String jobId, int localRanks, int ranks, int termLength) throws IOException {
        return start(SHARED_MEMORY, jobId, bytesNeeded(localRanks, ranks, termLength), HostDriver::usableSpace);
    }

    /// @return bytes of shared memory that a job of `ranks` ranks on one host takes
    public static long bytesNeeded(int ranks, int termLength) {
        return bytesNeeded(ranks, ranks, termLength);
    }

    /// Streams inside the host exist once; those to and from other hosts exist here as sender and as receiver.
    ///
    /// @return bytes of shared memory that `localRanks` of a job's `ranks` ranks take on their host
    public static long bytesNeeded(int localRanks, int ranks, int termLength) {
        long streams = (long) localRanks * (localRanks - 1) + 2L * localRanks * (ranks - localRanks);
        long bytes = FIXED_BYTES;
        for (Lane lane : Lane.values()) {
            bytes += streams * (3L * AeronChannels.term(lane.index(), termLength) + AeronChannels.LOG_META_DATA_BYTES);
        }
        return bytes;
    }

    static HostDriver start(Path parent, String jobId, long bytesNeeded, UsableSpace space) throws IOException {
        if (!JOB_ID.matcher(jobId).matches()) {
            throw new IllegalArgumentException(
                    "job id=%s, want letters, digits, dots and underscores".formatted(jobId));
        }
        if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw new IOException("media driver: cannot write to %s; mount shared memory there".formatted(parent));
        }
        sweep(parent);
        long usable = space.of(parent);
        if (usable < bytesNeeded) {
            throw new IOException(
                    "media driver: %s has %d MiB left, want %d MiB; enlarge it (docker run --shm-size=%dm) or lower comm.term_length"
                            .formatted(parent, usable >> 20, mebibytes(bytesNeeded), mebibytes(bytesNeeded) + 16));
        }
        Path folder = parent.resolve(
                "dlrm-%s-%d".formatted(jobId, ProcessHandle.current().pid()));
        try {
            Files.createDirectory(folder, OWNER_ALONE);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("media driver: %s is in use; take another job id".formatted(folder), e);
        }
        Path directory = folder.resolve(AERON);
        try {
            MediaDriver driver = MediaDriver.launch(settings(directory));
            Files.writeString(
                    directory.resolve(AeronLinks.DRIVER_ID_FILE),
                    UUID.randomUUID().toString());
            return new HostDriver(driver, folder);
        } catch (RuntimeException e) {
            IoUtil.delete(folder.toFile(), true);
            throw new IOException("media driver: cannot start in %s: %s".formatted(directory, e.getMessage()), e);
        }
    }

    private static long mebibytes(long bytes) {
        return ((bytes - 1) >> 20) + 1;
    }

    private static long usableSpace(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /// Timeouts are long on purpose: a pause must not end a job, and a dead process is seen by the lifeline at once.
    private static MediaDriver.Context settings(Path directory) {
        return new MediaDriver.Context()
                .aeronDirectoryName(directory.toString())
                .dirDeleteOnStart(false) // would delete under a living driver
                .dirDeleteOnShutdown(true)
                .threadingMode(ThreadingMode.SHARED)
                .asyncExecutorEnabled(false) // one thread less that wakes up beside the ranks
                .sharedThreadFactory(task ->
                        Thread.ofPlatform().name("media-driver").daemon().unstarted(task))
                .termBufferSparseFile(false)
                .performStorageChecks(true)
                .ipcMtuLength(LARGEST_MTU)
                .ipcTermBufferLength(1 << 20)
                .publicationTermBufferLength(1 << 20)
                .counterValuesBufferLength(COUNTER_BYTES)
                .clientLivenessTimeoutNs(30 * SECOND_NANOS)
                .publicationUnblockTimeoutNs(45 * SECOND_NANOS)
                .imageLivenessTimeoutNs(30 * SECOND_NANOS)
                .publicationConnectionTimeoutNs(30 * SECOND_NANOS)
                .untetheredWindowLimitTimeoutNs(30 * SECOND_NANOS)
                .untetheredRestingTimeoutNs(30 * SECOND_NANOS)
                .driverTimeoutMs(LIVENESS_MILLIS)
                .timerIntervalNs(SECOND_NANOS / 10)
                .errorHandler(e -> LOG.warn("media driver: {}", e.getMessage(), e));
    }

    /// Deletes directories that drivers of this project left when they were killed.
    private static void sweep(Path parent) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, "dlrm-*")) {
            String user = System.getProperty("user.name");
            for (Path entry : entries) {
                Matcher name = DIRECTORY.matcher(entry.getFileName().toString());
                if (name.matches()
                        && Files.isDirectory(entry)
                        && Files.getOwner(entry).getName().equals(user)
                        && ownerIsDead(Long.parseLong(name.group(1)), entry)) {
                    LOG.info("media driver: deleting {}, left by a process that is gone", entry);
                    IoUtil.delete(entry.toFile(), true);
                }
            }
        }
    }

    /// A process of another container has its own numbers, so its driver's heartbeat is asked as well.
    private static boolean ownerIsDead(long pid, Path directory) {
        return ProcessHandle.of(pid).isEmpty()
                && !CommonContext.isDriverActive(directory.resolve(AERON).toFile(), LIVENESS_MILLIS, message -> {});
    }

    /// @return the directory that the ranks of this host are given
    public Path directory() {
        return folder.resolve(AERON);
    }

    /// Stops the driver and deletes its directory; ranks must be gone.
    @Override
    public void close() {
        driver.close();
        IoUtil.delete(folder.toFile(), true);
    }
}
