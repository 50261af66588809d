package io.dlrm4j.comm.rendezvous;

import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.control.ControlMessage;
import io.dlrm4j.comm.control.Goodbye;
import io.dlrm4j.comm.control.Heartbeat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Rank 0's side: listens to everybody, decides, and tells everybody.
final class LifelineHub implements Lifeline {
    static final long TICK_MILLIS = 1_000;
    private static final long TELL_SECONDS = 3;

    private final List<Rank> ranks;
    private final List<ControlChannel> channels; // of ranks 1 to N-1
    private final byte[] session;
    private final FirstFailure failure;
    private final List<Silence> silent = new ArrayList<>(); // of all ranks
    private final AtomicIntegerArray left;
    private final AtomicInteger here;
    private final AtomicBoolean decided = new AtomicBoolean();
    private final CountDownLatch told = new CountDownLatch(1);
    private volatile boolean closed;

    /// @param silentTicks seconds after which a silent rank is lost
    LifelineHub(
            List<Rank> ranks, List<ControlChannel> channels, byte[] session, FirstFailure failure, int silentTicks) {
        this.ranks = ranks;
        this.channels = channels;
        this.session = session;
        this.failure = failure;
        ranks.forEach(rank -> silent.add(new Silence(rank, silentTicks)));
        this.left = new AtomicIntegerArray(ranks.size());
        this.here = new AtomicInteger(channels.size());
        for (int rank = 1; rank < ranks.size(); rank++) {
            int peer = rank;
            Thread.ofVirtual().name("lifeline-of-rank-" + rank).start(() -> listen(peer));
        }
        Thread.ofVirtual().name("lifeline-heartbeat").start(this::beat);
    }

    @Override
    public List<Rank> ranks() {
        return ranks;
    }

    @Override
    public byte[] session() {
        return session.clone();
    }

    private ControlChannel channel(int rank) {
        return channels.get(rank - 1);
    }

    private void listen(int peer) {
        try (ControlChannel _ = channel(peer)) {
            while (true) {
                ControlMessage message = channel(peer).receive();
                silent.get(peer).heard();
                if (message.hasAbort()) {
                    declare(message.getAbort().getSentence(), message.getAbort().getLostRank());
                } else if (message.hasGoodbye()) {
                    left.set(peer, 1);
                    here.decrementAndGet();
                    return;
                }
            }
        } catch (IOException e) {
            lose(peer, ControlChannel.describe(e));
        }
    }

    private void lose(int peer, String why) {
        if (!closed) {
            declare("%s was lost: %s; rank 0 was %s".formatted(ranks.get(peer), why, failure.doing()), peer);
        }
    }

    private void beat() {
        ControlMessage heartbeat = ControlMessage.newBuilder()
                .setHeartbeat(Heartbeat.getDefaultInstance())
                .build();
        while (!closed && here.get() > 0) {
            for (int rank = 1; rank < ranks.size(); rank++) {
                if (left.get(rank) == 0) {
                    send(rank, heartbeat);
                    if (silent.get(rank).isTooLong()) {
                        lose(rank, silent.get(rank).toString());
                    }
                }
            }
            try {
                Thread.sleep(TICK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void send(int rank, ControlMessage message) {
        try {
            channel(rank).send(message);
        } catch (IOException e) {
            // the listener sees the end of the connection too, and says so
        }
    }

    /// Tells the others before this rank knows itself: once it knows, it ends, and its end must not come first.
    @Override
    public void declare(String sentence, int lostRank) {
        if (!decided.compareAndSet(false, true)) {
            awaitTold();
            return;
        }
        for (int rank = 1; rank < ranks.size(); rank++) {
            if (left.get(rank) == 0) {
                try {
                    channel(rank).abort(sentence, lostRank);
                } catch (IOException e) {
                    // lost as well; the first failure stands
                }
            }
        }
        failure.declare(sentence, lostRank);
        told.countDown();
    }

    private void awaitTold() {
        try {
            boolean _ = told.await(TELL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        ControlMessage goodbye = ControlMessage.newBuilder()
                .setGoodbye(Goodbye.getDefaultInstance())
                .build();
        for (int rank = 1; rank < ranks.size(); rank++) {
            send(rank, goodbye);
            channel(rank).finish(); // closing with bytes unread would reset the connection and lose the goodbye
        }
    }
}
