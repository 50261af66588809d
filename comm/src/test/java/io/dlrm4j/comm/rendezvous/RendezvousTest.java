package io.dlrm4j.comm.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.control.ControlMessage;
import io.dlrm4j.comm.control.Join;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RendezvousTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Token token = Token.random();
    private int port;

    @BeforeEach
    void choosePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void everyRankLeavesWithTheSameList() {
        var zero = join(0, 3);
        var two = join(2, 3);
        var one = join(1, 3);
        List<Rank> ranks = zero.join().ranks();
        assertThat(ranks).extracting(Rank::rank).containsExactly(0, 1, 2);
        assertThat(one.join().ranks()).isEqualTo(ranks);
        assertThat(two.join().ranks()).isEqualTo(ranks);
        close(zero, one, two);
    }

    @Test
    void whoHasAnotherTokenIsTurnedAwayAndTheJobGoesOn() {
        var zero = join(0, 2);
        assertThatThrownBy(
                        () -> new Rendezvous(config(1, 2, SHORT, Token.random()), rank(1), Map.of(), new FirstFailure())
                                .join())
                .isInstanceOf(CommException.class)
                .hasMessage(
                        "rank 1: rank 0 at 127.0.0.1:%d refused: connection closed;"
                                + " all ranks need the token of this job",
                        port);
        var one = join(1, 2);
        assertThat(zero.join().ranks()).hasSize(2);
        close(zero, one);
    }

    @Test
    void strangersDoNotDisturb() throws Exception {
        var zero = join(0, 2);
        try (Socket silent = connect();
                Socket garbage = connect();
                Socket huge = connect();
                Socket slow = connect()) {
            garbage.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".repeat(100).getBytes(StandardCharsets.US_ASCII));
            huge.getOutputStream()
                    .write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
            slow.getOutputStream().write(0);
            connect().close();
            assertThat(silent.isConnected()).isTrue();
            var one = join(1, 2);
            assertThat(zero.join().ranks()).hasSize(2);
            close(zero, one);
        }
    }

    @Test
    void manyStrangersCannotKeepTheRanksOut() throws Exception {
        var zero = join(0, 2);
        Socket[] strangers = new Socket[Reception.PENDING + 20];
        for (int i = 0; i < strangers.length; i++) {
            strangers[i] = connect();
        }
        var one = join(1, 2);
        for (Socket stranger : strangers) {
            stranger.close();
        }
        assertThat(zero.join().ranks()).hasSize(2);
        close(zero, one);
    }

    @Test
    void whatWasRecordedOpensNothing() throws Exception {
        ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        var zero = join(0, 2);
        try (Socket toRankZero = connect();
                ServerSocket between = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var one = threads.submit(() -> {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), between.getLocalPort())) {
                    ControlChannel channel = ControlChannel.answer(socket, token, deadline(LONG));
                    channel.send(joinMessage(1));
                    return channel.receive().hasWelcome();
                }
            });
            Socket victim = between.accept();
            var _ = threads.submit(() -> copy(toRankZero.getInputStream(), victim.getOutputStream()));
            var _ = threads.submit(() -> {
                InputStream in = victim.getInputStream();
                byte[] buffer = new byte[4_096];
                for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                    recorded.write(buffer, 0, n);
                    toRankZero.getOutputStream().write(buffer, 0, n);
                }
                return null;
            });
            assertThat(one.get()).isTrue();
        }
        zero.join().close();

        choosePort();
        var again = join(0, 2, SHORT, Map.of());
        try (Socket replay = connect()) {
            replay.getOutputStream().write(recorded.toByteArray());
            assertThatThrownBy(again::join)
                    .hasRootCauseInstanceOf(CommException.class)
                    .hasRootCauseMessage("ranks 1 did not join within 1 s;"
                            + " 1 connections without the job's token were turned away");
        }
    }

    @Test
    void aSecondRankOfTheSameNumberIsRefusedAndTheFirstStays() {
        var zero = join(0, 3);
        var one = join(1, 3);
        var second = join(1, 3);
        // either may come first; exactly one is refused
        var refused = CompletableFuture.anyOf(failureOf(one), failureOf(second)).join();
        assertThat(refused.toString())
                .isEqualTo("rank 1 (pid 101 on test) has joined already, so rank 1 (pid 101 on test) may not");
        var two = join(2, 3);
        assertThat(zero.join().ranks()).hasSize(3);
        close(zero, two);
    }

    @Test
    void aRankOutOfRangeIsRefused() {
        var zero = join(0, 2);
        assertThatThrownBy(() -> join(3, 4).join()).hasRootCauseMessage("rank=3, want 1 to 1");
        var one = join(1, 2);
        assertThat(zero.join().ranks()).hasSize(2);
        close(zero, one);
    }

    @Test
    void aDifferenceEndsTheJobWithOneSentence() {
        var zero = join(0, 3, LONG, Map.of("config hash", "ab12", "version", "1"));
        var one = join(1, 3, LONG, Map.of("config hash", "ab12", "version", "1"));
        var two = join(2, 3, LONG, Map.of("config hash", "ffff", "version", "1"));
        String want = "rank 2 has config hash ffff, rank 0 has ab12; all ranks must be started alike";
        assertThatThrownBy(zero::join).hasRootCauseMessage(want);
        assertThatThrownBy(two::join).hasRootCauseMessage(want);
        assertThatThrownBy(one::join).hasRootCauseMessage(want);
    }

    @Test
    void aMissingRankIsNamedByAllWhoCame() {
        var zero = join(0, 4, SHORT, Map.of());
        var two = join(2, 4, SHORT, Map.of());
        assertThatThrownBy(zero::join).hasRootCauseMessage("ranks 1, 3 did not join within 1 s");
        assertThatThrownBy(two::join).hasRootCauseMessage("ranks 1, 3 did not join within 1 s");
    }

    @Test
    void anAbsentRankZeroIsNamed() {
        assertThatThrownBy(() -> join(1, 2, SHORT, Map.of()).join())
                .cause()
                .isInstanceOf(CommException.class)
                .hasMessageStartingWith("rank 1: cannot reach rank 0 at 127.0.0.1:%d within 1 s: ".formatted(port));
    }

    @Test
    void anOccupiedPortIsNamed() throws Exception {
        try (ServerSocket occupied = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(occupied.isBound()).isTrue();
            assertThatThrownBy(() -> join(0, 2).join())
                    .cause()
                    .isInstanceOf(CommException.class)
                    .hasMessage(
                            "rank 0 cannot listen on 127.0.0.1:%d: Address already in use;"
                                    + " choose another MASTER_PORT or an address of this host",
                            port);
        }
    }

    @Test
    void tokensSurviveAFile() throws IOException {
        Path file = Files.createTempDirectory("token").resolve("token");
        token.write(file);
        Token again = Token.read(file);
        assertThat(again.mac().doFinal(new byte[1])).isEqualTo(token.mac().doFinal(new byte[1]));
        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
    }

    private CompletableFuture<Lifeline> join(int rank, int size) {
        return join(rank, size, LONG, Map.of());
    }

    private CompletableFuture<Lifeline> join(int rank, int size, Duration timeout, Map<String, String> facts) {
        Rendezvous rendezvous =
                new Rendezvous(config(rank, size, timeout, token), rank(rank), facts, new FirstFailure());
        return CompletableFuture.supplyAsync(rendezvous::join, threads);
    }

    private WorldConfig config(int rank, int size, Duration timeout, Token with) {
        Path nowhere = Path.of("unused");
        return new WorldConfig(
                rank,
                size,
                "127.0.0.1",
                port,
                with,
                nowhere,
                Transport.IPC,
                "127.0.0.1",
                timeout,
                LONG,
                WorldConfig.LEAST_SILENCE,
                1 << 20,
                false);
    }

    private static Rank rank(int rank) {
        return new Rank(rank, 100 + rank, "test", "driver", "");
    }

    private static ControlMessage joinMessage(int rank) {
        return ControlMessage.newBuilder()
                .setJoin(Join.newBuilder().setMember(rank(rank).toMessage()))
                .build();
    }

    private static CompletableFuture<Object> failureOf(CompletableFuture<Lifeline> joining) {
        CompletableFuture<Object> failure = new CompletableFuture<>();
        var _ = joining.whenComplete((lifeline, e) -> {
            if (e instanceof CompletionException wrapped && wrapped.getCause() != null) {
                failure.complete(String.valueOf(wrapped.getCause().getMessage()));
            }
        });
        return failure;
    }

    private Socket connect() throws IOException {
        long deadline = deadline(LONG);
        while (true) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (IOException e) {
                if (deadline - System.nanoTime() < 0) {
                    throw e;
                }
                Thread.onSpinWait(); // rank 0 is not listening yet
            }
        }
    }

    private static Void copy(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
        return null;
    }

    private static long deadline(Duration timeout) {
        return System.nanoTime() + timeout.toNanos();
    }

    @SafeVarargs
    private static void close(CompletableFuture<Lifeline>... lifelines) {
        for (CompletableFuture<Lifeline> lifeline : lifelines) {
            lifeline.join().close();
        }
    }
}
