package io.dlrm4j.comm.transport;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.comm.HostDriver;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.rendezvous.Token;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Two ranks on one media driver that talk by UDP, as if on two hosts.
class EncryptedLinksIT {
    private static final int TERM = 1 << 18;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] SESSION = new byte[32];
    private static final byte[] ANOTHER = Token.random().linkKey(SESSION, 0, 0, 0);

    private final Token token = Token.random();

    private WorldConfig config(int rank, HostDriver driver) {
        return new WorldConfig(
                rank,
                2,
                "127.0.0.1",
                1,
                token,
                driver.directory(),
                Transport.UDP,
                "127.0.0.1",
                PATIENCE,
                PATIENCE,
                WorldConfig.LEAST_SILENCE,
                TERM,
                true);
    }

    /// Sends one number from rank 0 to rank 1.
    ///
    /// @return what rank 1 got, numbers and complaints
    private List<String> sendOne(byte[] sessionOfZero, byte[] sessionOfOne) throws Exception {
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        try (HostDriver driver = HostDriver.start("encrypted", 2, 4, TERM);
                AeronLinks zero = AeronLinks.connect(config(0, driver), heard::add);
                AeronLinks one = AeronLinks.connect(config(1, driver), heard::add);
                ExecutorService threads = Executors.newCachedThreadPool();
                Arena arena = Arena.ofConfined()) {
            List<AeronLinks.Peer> peers =
                    List.of(new AeronLinks.Peer("a", zero.endpoint()), new AeronLinks.Peer("b", one.endpoint()));
            Future<Link[][]> opening = threads.submit(() -> zero.open(peers, 1, sessionOfZero, new FirstFailure()));
            Link in = Objects.requireNonNull(one.open(peers, 1, sessionOfOne, new FirstFailure())[0][0]);
            Link out = Objects.requireNonNull(opening.get(20, TimeUnit.SECONDS)[0][1]);
            MemorySegment number = arena.allocate(JAVA_LONG);
            number.set(JAVA_LONG, 0, 4711);
            assertThat(out.trySend(3, number, 0, 8)).isTrue();
            assertThat(out.trySend(4, number, 0, 8)).isTrue();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (heard.isEmpty() && System.nanoTime() - deadline < 0) {
                in.poll(
                        (tag, bytes, offset, length) ->
                                heard.add(tag + ": " + bytes.get(JAVA_LONG, offset) + " in " + length + " bytes"),
                        1);
            }
            in.poll((tag, bytes, offset, length) -> heard.add("too much: " + tag), 0);
            out.close();
            in.close();
        }
        return heard;
    }

    @Test
    void aFrameArrives() throws Exception {
        assertThat(sendOne(SESSION, SESSION)).containsExactly("3: 4711 in 8 bytes");
    }

    @Test
    void aFrameOfAnotherKeyIsToldOnceAndNothingIsTakenAnyMore() throws Exception {
        assertThat(sendOne(ANOTHER, SESSION))
                .containsExactly("rank 1: a frame of rank 0 on lane 0 is not as it was sent: changed, repeated or "
                        + "sent by somebody else on the network between them");
    }
}
