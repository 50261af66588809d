package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.rendezvous.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What happens to the others when a process is killed or stopped; with real processes on one media driver.
class FailureIT {
    private static final long START_SECONDS = 60;
    /// From the death of a rank until the others know of it.
    private static final Duration NOTICED = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private final List<Process> ranks = new ArrayList<>();

    @AfterEach
    void endAll() {
        ranks.forEach(Process::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(strings = {"frames", "shared"})
    void aKilledRankEndsAllOthersWithOneSentence(String way) throws Exception {
        try (HostDriver driver = HostDriver.start("killed", 3, 3, 1 << 18)) {
            start(3, driver, way);
            long killed = kill(2);
            assertThat(endOf(0))
                    .startsWith("rank 2 (pid %d on ".formatted(ranks.get(2).pid()))
                    .contains(") was lost: connection closed; rank 0 was ")
                    .isEqualTo(endOf(1));
            assertNoticedInTime(killed, 0, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"frames", "shared"})
    void aKilledRankZeroIsNamedByAllOthers(String way) throws Exception {
        try (HostDriver driver = HostDriver.start("killed0", 3, 3, 1 << 18)) {
            start(3, driver, way);
            long killed = kill(0);
            assertThat(endOf(1))
                    .startsWith("rank 0 (pid %d on ".formatted(ranks.get(0).pid()))
                    .endsWith(") was lost: connection closed")
                    .isEqualTo(endOf(2));
            assertNoticedInTime(killed, 1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"frames", "shared"})
    void aPauseOfFiveSecondsIsRiddenOut(String way) throws Exception {
        try (HostDriver driver = HostDriver.start("paused", 2, 2, 1 << 18)) {
            start(2, driver, way);
            signal(ranks.get(1), "STOP");
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(5)); // the pause is what is tested
            assertThat(ranks.get(0).isAlive()).isTrue();
            signal(ranks.get(1), "CONT");
            Files.createFile(folder.resolve("stop"));
            assertThat(endOf(0)).isEqualTo("done");
            assertThat(endOf(1)).isEqualTo("done");
        }
    }

    private void start(int size, HostDriver driver, String way) throws Exception {
        Path token = folder.resolve("token");
        Token.random().write(token);
        int port = AeronWorld.freePort();
        for (int rank = 0; rank < size; rank++) {
            Path settings = folder.resolve("settings-" + rank);
            Files.writeString(settings, """
                    RANK=%d
                    WORLD_SIZE=%d
                    MASTER_ADDR=127.0.0.1
                    MASTER_PORT=%d
                    DLRM_TOKEN_FILE=%s
                    DLRM_AERON_DIR=%s
                    """.formatted(rank, size, port, token, driver.directory()));
            ranks.add(launch(rank, settings, way));
        }
        for (int rank = 0; rank < size; rank++) {
            waitFor(folder.resolve("started-" + rank), rank);
        }
    }

    private Process launch(int rank, Path settings, String way) throws IOException {
        String java = ProcessHandle.current().info().command().orElseThrow();
        return new ProcessBuilder(
                        java,
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FailingRank.class.getName(),
                        settings.toString(),
                        end(rank).toString(),
                        folder.resolve("started-" + rank).toString(),
                        folder.resolve("stop").toString(),
                        way)
                .redirectErrorStream(true)
                .redirectOutput(log(rank).toFile())
                .start();
    }

    /// @return when the process was gone, by the host's clock without leaps
    private long kill(int rank) throws InterruptedException {
        ranks.get(rank).destroyForcibly().waitFor();
        return System.nanoTime();
    }

    /// Each rank has written when it ended, by the same clock of the host.
    private void assertNoticedInTime(long killed, int... others) throws IOException {
        for (int rank : others) {
            long ended = Long.parseLong(Files.readAllLines(end(rank)).getFirst());
            assertThat(Duration.ofNanos(ended - killed))
                    .as("until rank %d knew", rank)
                    .isLessThan(NOTICED);
        }
    }

    private Path end(int rank) {
        return folder.resolve("end-" + rank);
    }

    private Path log(int rank) {
        return folder.resolve("log-" + rank);
    }

    private void waitFor(Path file, int rank) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!Files.exists(file)) {
            assertThat(ranks.get(rank).isAlive())
                    .as("rank %d runs; it printed %s", rank, Files.readString(log(rank)))
                    .isTrue();
            assertThat(deadline - System.nanoTime())
                    .as("time to start rank %d", rank)
                    .isPositive();
            LockSupport.parkNanos(1_000_000);
        }
    }

    /// @return what the rank ended with, after its process has gone
    private String endOf(int rank) throws Exception {
        assertThat(ranks.get(rank).waitFor(START_SECONDS, TimeUnit.SECONDS))
                .as("rank %d has ended; it printed %s", rank, Files.readString(log(rank)))
                .isTrue();
        return Files.readAllLines(end(rank)).getLast();
    }

    private static void signal(Process process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
