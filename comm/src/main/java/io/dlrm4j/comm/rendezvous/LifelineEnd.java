package io.dlrm4j.comm.rendezvous;

import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.control.ControlMessage;
import io.dlrm4j.comm.control.Goodbye;
import io.dlrm4j.comm.control.Heartbeat;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The side of every rank but 0: believes rank 0, and says so when rank 0 is lost.
final class LifelineEnd implements Lifeline {
    private static final long VERDICT_SECONDS = 3;

    private final List<Rank> ranks;
    private final ControlChannel channel;
    private final byte[] session;
    private final FirstFailure failure;
    private final Silence silent; // of rank 0
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean closed;

    /// @param silentTicks seconds after which a silent rank 0 is lost
    LifelineEnd(List<Rank> ranks, ControlChannel channel, byte[] session, FirstFailure failure, int silentTicks) {
        this.ranks = ranks;
        this.channel = channel;
        this.session = session;
        this.failure = failure;
        this.silent = new Silence(ranks.getFirst(), silentTicks);
        Thread.ofVirtual().name("lifeline").start(this::listen);
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

    private void listen() {
        try (channel) {
            while (true) {
                ControlMessage message = channel.receive();
                silent.heard();
                if (message.hasAbort()) {
                    end(message.getAbort().getSentence(), message.getAbort().getLostRank());
                } else if (message.hasGoodbye()) {
                    closed = true;
                    over.countDown();
                }
            }
        } catch (IOException e) {
            loseRankZero(ControlChannel.describe(e));
        }
    }

    private void loseRankZero(String why) {
        if (!closed) {
            end("%s was lost: %s".formatted(ranks.get(0), why), 0);
        }
    }

    private void end(String sentence, int lostRank) {
        if (!closed) {
            failure.declare(sentence, lostRank);
        }
        over.countDown();
    }

    private void beat() {
        ControlMessage heartbeat = ControlMessage.newBuilder()
                .setHeartbeat(Heartbeat.getDefaultInstance())
                .build();
        try {
            while (!closed && !over.await(LifelineHub.TICK_MILLIS, TimeUnit.MILLISECONDS)) {
                channel.send(heartbeat);
                if (silent.isTooLong()) {
                    loseRankZero(silent.toString());
                }
            }
        } catch (IOException e) {
            // the listener sees the end of the connection too, and says so
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void declare(String sentence, int lostRank) {
        try {
            channel.abort(sentence, lostRank);
            if (over.await(VERDICT_SECONDS, TimeUnit.SECONDS) && failure.get() != null) {
                return;
            }
        } catch (IOException e) {
            // rank 0 cannot decide any more
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        failure.declare(sentence, lostRank);
    }

    @Override
    public void close() {
        closed = true;
        over.countDown();
        try {
            channel.send(ControlMessage.newBuilder()
                    .setGoodbye(Goodbye.getDefaultInstance())
                    .build());
        } catch (IOException e) {
            // rank 0 is gone already
        }
        channel.finish(); // closing with bytes unread would reset the connection and lose the goodbye
    }
}
