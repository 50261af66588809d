package io.dlrm4j.comm.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.collective.FirstFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LifelineTest {
    private static final long DEADLINE_NANOS = 10_000_000_000L;
    private static final int SILENT_TICKS = 30;
    private static final List<Rank> RANKS =
            List.of(new Rank(0, 100, "a", "d", ""), new Rank(1, 101, "a", "d", ""), new Rank(2, 102, "b", "d", ""));

    private static final byte[] SESSION = new byte[32];

    private final List<FirstFailure> failures = List.of(new FirstFailure(), new FirstFailure(), new FirstFailure());
    private final List<Socket> sockets = new ArrayList<>(); // of ranks 1 and 2
    private final List<Lifeline> lifelines = new ArrayList<>();

    @BeforeEach
    void joinThree() throws Exception {
        List<ControlChannel> hub = new ArrayList<>();
        List<ControlChannel> ends = new ArrayList<>();
        for (int rank = 1; rank <= 2; rank++) {
            ends.add(connect(hub));
        }
        lifelines.add(new LifelineHub(RANKS, hub, SESSION, failures.get(0), SILENT_TICKS));
        for (int rank = 1; rank <= 2; rank++) {
            lifelines.add(new LifelineEnd(RANKS, ends.get(rank - 1), SESSION, failures.get(rank), SILENT_TICKS));
        }
    }

    /// Connects a rank to rank 0, whose side is added to `hub`.
    private ControlChannel connect(List<ControlChannel> hub) throws Exception {
        Token token = Token.random();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Socket end = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
            Socket accepted = server.accept();
            Future<ControlChannel> challenging =
                    threads.submit(() -> ControlChannel.challenge(accepted, token, deadline));
            ControlChannel channel = ControlChannel.answer(end, token, deadline);
            hub.add(challenging.get());
            sockets.add(end);
            return channel;
        }
    }

    @AfterEach
    void close() {
        lifelines.forEach(Lifeline::close);
    }

    @Test
    void aConnectionThatEndsIsALostRankForAllOthers() throws IOException {
        sockets.get(1).shutdownOutput();
        String want = "rank 2 (pid 102 on b) was lost: connection closed; rank 0 was computing";
        assertThat(failureOf(0)).hasMessage(want);
        assertThat(failureOf(1)).hasMessage(want);
        assertThat(failureOf(1).lostRank()).isEqualTo(2);
    }

    /// As a stopped process: its connection stays open, and nothing comes.
    @Test
    void aRankThatGivesNoSignOfLifeIsNamed() throws Exception {
        List<ControlChannel> hub = new ArrayList<>();
        try (ControlChannel _ = connect(hub);
                Lifeline _ = new LifelineHub(RANKS.subList(0, 2), hub, SESSION, failures.get(0), 1)) {
            assertThat(failureOf(0))
                    .hasMessage("rank 1 (pid 101 on a) was lost: no heartbeat for 1 s; rank 0 was computing");
        }
    }

    @Test
    void halfOfTheSilenceIsAWarningThatNamesTheRank() {
        Logger log = (Logger) LoggerFactory.getLogger(Lifeline.class);
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.start();
        log.addAppender(heard);
        try {
            Silence silence = new Silence(RANKS.get(1), 10);
            for (int second = 1; second <= 10; second++) {
                assertThat(silence.isTooLong()).isFalse();
            }
            assertThat(heard.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly("rank 1 (pid 101 on a) gives no sign of life for 5 s; it is given up after 10 s");
            silence.heard();
            assertThat(silence.isTooLong()).isFalse();
        } finally {
            log.detachAppender(heard);
        }
    }

    @Test
    void whatOneRankDeclaresReachesAllWithOneSentence() {
        lifelines.get(1).declare("rank 1 gave up: disk full", 1);
        for (int rank = 0; rank < 3; rank++) {
            assertThat(failureOf(rank)).hasMessage("rank 1 gave up: disk full");
            assertThat(failureOf(rank).lostRank()).isEqualTo(1);
        }
    }

    @Test
    void ofTwoFailuresRankZeroTellsTheFirst() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var _ = threads.submit(() -> lifelines.get(1).declare("seen by rank 1", -1));
            var _ = threads.submit(() -> lifelines.get(2).declare("seen by rank 2", -1));
        }
        String first = failureOf(0).getMessage();
        assertThat(first).isIn("seen by rank 1", "seen by rank 2");
        assertThat(failureOf(1)).hasMessage(first);
        assertThat(failureOf(2)).hasMessage(first);
    }

    @Test
    void withoutRankZeroTheOthersSaySo() throws IOException {
        for (Socket socket : sockets) {
            socket.shutdownInput(); // as if rank 0 had closed it
        }
        assertThat(failureOf(1)).hasMessage("rank 0 (pid 100 on a) was lost: connection closed");
        assertThat(failureOf(2)).hasMessage("rank 0 (pid 100 on a) was lost: connection closed");
    }

    @Test
    void aGoodbyeIsNoFailure() {
        lifelines.get(2).close();
        lifelines.get(1).declare("a later failure", 1); // passes through rank 0 after the goodbye
        assertThat(failureOf(0)).hasMessage("a later failure");
        assertThat(failures.get(2).get()).isNull();
    }

    private CommException failureOf(int rank) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (deadline - System.nanoTime() > 0) {
            CommException failure = failures.get(rank).get();
            if (failure != null) {
                return failure;
            }
            LockSupport.parkNanos(100_000);
        }
        throw new AssertionError("rank %d knows of no failure".formatted(rank));
    }
}
