package io.dlrm4j.comm.rendezvous;

import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.control.ControlMessage;
import io.dlrm4j.comm.control.Join;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Map;

/// How the ranks of a job find each other: rank 0 listens, the others connect, and all leave with the same list.
public final class Rendezvous {
    private static final long RETRY_MILLIS = 50;
    private static final int CONNECT_MILLIS = 2_000;
    /// What a rank waits longer than rank 0, so that rank 0's explanation still reaches it.
    private static final long GRACE_NANOS = 5_000_000_000L;

    private final WorldConfig config;
    private final Rank me;
    private final Map<String, String> facts;
    private final FirstFailure failure;

    /// @param me what the others learn of this rank
    /// @param facts what all ranks must agree on, by name; rank 0's count
    /// @param failure told of lost ranks
    public Rendezvous(WorldConfig config, Rank me, Map<String, String> facts, FirstFailure failure) {
        this.config = config;
        this.me = me;
        this.facts = facts;
        this.failure = failure;
    }

    /// Waits until all ranks have joined.
    ///
    /// @throws CommException when one is missing, refused or differs, with the same sentence on all who got here
    public Lifeline join() {
        if (config.rank() == 0) {
            return new Reception(config, me, facts, failure).waitForAll();
        }
        long deadline = System.nanoTime() + config.joinTimeout().toNanos();
        ControlChannel channel = connect(deadline);
        try {
            channel.send(ControlMessage.newBuilder()
                    .setJoin(Join.newBuilder().setMember(me.toMessage()).putAllFacts(facts))
                    .build());
            ControlMessage answer = channel.receive(deadline + GRACE_NANOS);
            while (!answer.hasWelcome() && !answer.hasAbort()) {
                answer = channel.receive(deadline + GRACE_NANOS);
            }
            if (answer.hasAbort()) {
                channel.close();
                throw new CommException(
                        answer.getAbort().getSentence(), answer.getAbort().getLostRank());
            }
            return new LifelineEnd(
                    answer.getWelcome().getMembersList().stream().map(Rank::of).toList(),
                    channel,
                    answer.getWelcome().getSession().toByteArray(),
                    failure,
                    (int) config.silence().toSeconds());
        } catch (SocketTimeoutException e) {
            channel.close();
            throw failed("rank 0 at %s did not answer within %d s".formatted(where(), seconds()), e);
        } catch (IOException e) {
            channel.close();
            throw failed(
                    "rank 0 at %s refused: %s; all ranks need the token of this job".formatted(where(), e.getMessage()),
                    e);
        }
    }

    /// Connects as often as is needed: rank 0 may not be listening yet, or be busy with strangers.
    private ControlChannel connect(long deadline) {
        IOException last = new IOException("no attempt made");
        while (deadline - System.nanoTime() > 0) {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(config.host(), config.port()), CONNECT_MILLIS);
                socket.setTcpNoDelay(true);
                return ControlChannel.answer(socket, config.token(), deadline);
            } catch (IOException e) {
                last = e;
                close(socket);
                pause();
            }
        }
        throw failed(
                "cannot reach rank 0 at %s within %d s: %s".formatted(where(), seconds(), last.getMessage()), last);
    }

    private CommException failed(String what, IOException cause) {
        CommException e = new CommException("rank %d: %s".formatted(config.rank(), what), 0);
        e.initCause(cause);
        return e;
    }

    private String where() {
        return config.host() + ":" + config.port();
    }

    private long seconds() {
        return config.joinTimeout().toSeconds();
    }

    private void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommException("rank %d: interrupted while joining".formatted(config.rank()), config.rank());
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // nothing is left to do with it
        }
    }
}
