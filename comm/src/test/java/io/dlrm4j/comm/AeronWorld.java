package io.dlrm4j.comm;

import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.comm.rendezvous.Token;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A media driver and ranks as threads, each with its own client of the driver and its own connection to rank 0.
final class AeronWorld {
    private static final int DEADLINE_SECONDS = 60;

    private AeronWorld() {}

    /// Runs `body` on each rank and throws what the first of them in rank order threw.
    static void run(int ranks, Transport transport, int termLength, RankBody body) throws Exception {
        try (HostDriver driver = HostDriver.start("test", ranks, 1 + ranks, termLength)) {
            Token token = Token.random();
            int port = freePort();
            List<WorldConfig> configs = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                configs.add(config(rank, ranks, port, token, driver.directory(), transport, termLength));
            }
            runAll(configs, body);
        }
    }

    /// Runs `body` on each rank; everything between ranks goes encrypted by UDP.
    static void runEncrypted(int ranks, int termLength, RankBody body) throws Exception {
        try (HostDriver driver = HostDriver.start("test", ranks, 1 + ranks, termLength)) {
            Token token = Token.random();
            int port = freePort();
            List<WorldConfig> configs = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                configs.add(config(rank, ranks, port, token, driver.directory(), Transport.UDP, termLength)
                        .withEncryption(true));
            }
            runAll(configs, body);
        }
    }

    /// Runs the first `here` ranks on one media driver and the others on a second one, as if on two hosts.
    static void runOnTwoHosts(int ranks, int here, RankBody body) throws Exception {
        int term = 1 << 18;
        try (HostDriver first = HostDriver.start("first", here, ranks, term);
                HostDriver second = HostDriver.start("second", ranks - here, ranks, term)) {
            Token token = Token.random();
            int port = freePort();
            List<WorldConfig> configs = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                Path directory = (rank < here ? first : second).directory();
                configs.add(config(rank, ranks, port, token, directory, Transport.AUTO, term));
            }
            runAll(configs, body);
        }
    }

    static WorldConfig config(
            int rank, int ranks, int port, Token token, Path directory, Transport transport, int termLength) {
        Duration timeout = Duration.ofSeconds(20);
        return new WorldConfig(
                rank,
                ranks,
                "127.0.0.1",
                port,
                token,
                directory,
                transport,
                "127.0.0.1",
                timeout,
                timeout,
                WorldConfig.LEAST_SILENCE,
                termLength,
                false);
    }

    private static void runAll(List<WorldConfig> configs, RankBody body) throws Exception {
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> ranks = new ArrayList<>();
            for (WorldConfig config : configs) {
                ranks.add(threads.submit(() -> {
                    try (Communicator c = World.join(config, Map.of("config hash", "1"), FloatSum.PLAIN)) {
                        body.run(c);
                    }
                    return null;
                }));
            }
            for (Future<?> rank : ranks) {
                rank.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("ranks not done within %d s".formatted(DEADLINE_SECONDS), e);
        }
    }

    /// @return a port that is free now
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
