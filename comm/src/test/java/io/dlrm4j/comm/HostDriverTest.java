package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostDriverTest {
    private static final long ENOUGH = Long.MAX_VALUE;
    private static final long NO_PROCESS = 99_999_999; // above Linux' largest process number

    @TempDir
    Path parent;

    @Test
    void needsThreeTermsForEachStream() {
        long perPair = 3L * ((256 << 10) + 3 * (1 << 20)) + 4L * 4_096;
        assertThat(HostDriver.bytesNeeded(1, 1 << 20)).isEqualTo(13 << 20);
        assertThat(HostDriver.bytesNeeded(4, 1 << 20)).isEqualTo((13L << 20) + 12 * perPair);
        // two of four ranks here: two streams inside, four out, four in
        assertThat(HostDriver.bytesNeeded(2, 4, 1 << 20)).isEqualTo((13L << 20) + 10 * perPair);
    }

    @Test
    void tooLittleSharedMemoryIsOneClearLine() {
        assertThatThrownBy(() -> HostDriver.start(parent, "job", HostDriver.bytesNeeded(4, 1 << 20), _ -> 64L << 20))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "media driver: %s has 64 MiB left, want 131 MiB;"
                                + " enlarge it (docker run --shm-size=147m) or lower comm.term_length",
                        parent);
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void takesAboutWhatItSays() throws Exception {
        try (HostDriver driver = HostDriver.start(parent, "job", 0, _ -> ENOUGH);
                var files = Files.walk(driver.directory())) {
            long bytes = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            assertThat(bytes).isBetween(8L << 20, HostDriver.bytesNeeded(1, 1 << 20));
        }
    }

    @Test
    void leavesNothingBehind() throws Exception {
        try (HostDriver driver = HostDriver.start(parent, "job", 0, _ -> ENOUGH)) {
            Path folder = Objects.requireNonNull(driver.directory().getParent());
            assertThat(driver.directory()).isDirectory();
            assertThat(folder).hasParent(parent);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
            assertThatThrownBy(() -> HostDriver.start(parent, "job", 0, _ -> ENOUGH))
                    .hasMessage("media driver: %s is in use; take another job id", folder);
            assertThat(driver.directory()).isDirectory();
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void deletesWhatDeadProcessesLeft() throws Exception {
        Path dead = Files.createDirectories(parent.resolve("dlrm-old-" + NO_PROCESS));
        Path living = Files.createDirectories(
                parent.resolve("dlrm-other-" + ProcessHandle.current().pid()));
        Path stranger = Files.createDirectories(parent.resolve("dlrm-notes"));
        HostDriver.start(parent, "job", 0, _ -> ENOUGH).close();
        assertThat(dead).doesNotExist();
        assertThat(living).isDirectory();
        assertThat(stranger).isDirectory();
    }

    @Test
    void anUnusableDirectoryIsNamed() {
        assertThatThrownBy(() -> HostDriver.start(parent.resolve("none"), "job", 0, _ -> ENOUGH))
                .hasMessage("media driver: cannot write to %s; mount shared memory there", parent.resolve("none"));
    }

    @Test
    void aJobIdBecomesAPartOfAPath() {
        assertThatThrownBy(() -> HostDriver.start(parent, "../etc", 0, _ -> ENOUGH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("job id=../etc, want letters, digits, dots and underscores");
    }
}
