package io.dlrm4j.comm.rendezvous;

import com.google.protobuf.ByteString;
import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.comm.collective.FirstFailure;
import io.dlrm4j.comm.control.ControlMessage;
import io.dlrm4j.comm.control.Join;
import io.dlrm4j.comm.control.Welcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rank 0's side of joining: lets in who has the token and a free rank, and turns away everybody else.
///
/// A stranger costs one virtual thread and at most 64 KiB for at most [#HANDSHAKE_SECONDS]; there are never more than
/// [#PENDING] at a time, further connections are closed at once and come back later if they mean well.
final class Reception {
    static final long HANDSHAKE_SECONDS = 5;
    static final int PENDING = 64;
    /// How long a job that does not start still explains itself to ranks that come late.
    private static final long LATE_SECONDS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    private final WorldConfig config;
    private final Rank me;
    private final Map<String, String> facts;
    private final FirstFailure failure;
    private final @Nullable Arrival[] seats;
    private final LinkedBlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Semaphore pending = new Semaphore(PENDING);
    private final AtomicInteger rejected = new AtomicInteger();
    private volatile boolean open = true;

    /// Somebody who has the token.
    private record Arrival(ControlChannel channel, Rank rank, Map<String, String> facts) {}

    Reception(WorldConfig config, Rank me, Map<String, String> facts, FirstFailure failure) {
        this.config = config;
        this.me = me;
        this.facts = facts;
        this.failure = failure;
        this.seats = new Arrival[config.size()];
    }

    Lifeline waitForAll() {
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            listen(server);
            Thread.ofVirtual().name("rendezvous").start(() -> accept(server));
            seatAll(System.nanoTime() + config.joinTimeout().toNanos());
        } catch (IOException e) {
            LOG.debug("closing the rendezvous", e);
        } finally {
            open = false;
            arrivals.forEach(late -> late.channel.close());
        }
        return welcome();
    }

    private void listen(ServerSocket server) {
        try {
            server.bind(new InetSocketAddress(config.host(), config.port()), PENDING);
        } catch (IOException e) {
            CommException refused = new CommException(
                    "rank 0 cannot listen on %s:%d: %s; choose another MASTER_PORT or an address of this host"
                            .formatted(config.host(), config.port(), e.getMessage()),
                    0);
            refused.initCause(e);
            throw refused;
        }
    }

    private void accept(ServerSocket server) {
        while (open) {
            try {
                Socket socket = server.accept();
                if (!pending.tryAcquire()) {
                    socket.close();
                } else {
                    Thread.ofVirtual().name("rendezvous-handshake").start(() -> shakeHands(socket));
                }
            } catch (IOException e) {
                LOG.debug("rendezvous: {}", e.getMessage()); // closed, or a connection that ended at once
            }
        }
    }

    private void shakeHands(Socket socket) {
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(HANDSHAKE_SECONDS);
            socket.setTcpNoDelay(true);
            ControlChannel channel = ControlChannel.challenge(socket, config.token(), deadline);
            Join join = channel.receive(deadline).getJoin();
            arrivals.add(new Arrival(channel, Rank.of(join.getMember()), join.getFactsMap()));
        } catch (IOException e) {
            rejected.incrementAndGet();
            LOG.warn("rank 0 turned away {}: {}", socket.getRemoteSocketAddress(), e.getMessage());
            try {
                socket.close();
            } catch (IOException ignored) {
                // nothing is left to do with it
            }
        } finally {
            pending.release();
        }
    }

    private void seatAll(long deadline) {
        for (int missing = config.size() - 1; missing > 0; ) {
            Arrival arrival = next(deadline);
            if (arrival == null) {
                throw refuseAll("ranks %s did not join within %d s%s"
                        .formatted(missingRanks(), config.joinTimeout().toSeconds(), turnedAway()));
            }
            String difference = difference(arrival);
            if (!difference.isEmpty()) {
                arrivals.add(arrival);
                throw refuseAll(difference);
            }
            String refusal = refusal(arrival.rank);
            if (refusal.isEmpty()) {
                seats[arrival.rank.rank()] = arrival;
                missing--;
            } else {
                LOG.warn("rank 0 turned away {}: {}", arrival.rank, refusal);
                refuse(arrival, refusal);
            }
        }
    }

    private @Nullable Arrival next(long deadline) {
        try {
            return arrivals.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refuseAll("rank 0 was interrupted while others joined");
        }
    }

    private String difference(Arrival arrival) {
        TreeMap<String, String> names = new TreeMap<>(facts);
        names.putAll(arrival.facts);
        for (String name : names.keySet()) {
            String theirs = arrival.facts.get(name);
            String ours = facts.get(name);
            if (!Objects.equals(theirs, ours)) {
                return "rank %d has %s %s, rank 0 has %s; all ranks must be started alike"
                        .formatted(
                                arrival.rank.rank(),
                                name,
                                theirs == null ? "unset" : theirs,
                                ours == null ? "unset" : ours);
            }
        }
        return "";
    }

    private String refusal(Rank rank) {
        if (rank.rank() < 1 || rank.rank() >= config.size()) {
            return "rank=%d, want 1 to %d".formatted(rank.rank(), config.size() - 1);
        }
        Arrival first = seats[rank.rank()];
        return first == null ? "" : "%s has joined already, so %s may not".formatted(first.rank, rank);
    }

    private String missingRanks() {
        StringJoiner ranks = new StringJoiner(", ");
        for (int rank = 1; rank < seats.length; rank++) {
            if (seats[rank] == null) {
                ranks.add(Integer.toString(rank));
            }
        }
        return ranks.toString();
    }

    private String turnedAway() {
        int count = rejected.get();
        return count == 0 ? "" : "; %d connections without the job's token were turned away".formatted(count);
    }

    /// Tells everybody who is here, or comes in the next seconds, why the job does not start.
    private CommException refuseAll(String sentence) {
        int told = 0;
        for (Arrival seat : seats) {
            if (seat != null) {
                refuse(seat, sentence);
                told++;
            }
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LATE_SECONDS);
        try {
            while (told < config.size() - 1) {
                Arrival late = arrivals.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (late == null) {
                    break;
                }
                refuse(late, sentence);
                told++;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new CommException(sentence, -1);
    }

    private static void refuse(Arrival arrival, String sentence) {
        try (ControlChannel channel = arrival.channel) {
            channel.abort(sentence, -1);
        } catch (IOException e) {
            LOG.debug("{} does not listen", arrival.rank, e);
        }
    }

    private Lifeline welcome() {
        seats[0] = null;
        byte[] session = ControlChannel.nonce();
        Welcome.Builder welcome =
                Welcome.newBuilder().setSession(ByteString.copyFrom(session)).addMembers(me.toMessage());
        List<Arrival> others = Arrays.stream(seats)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        others.forEach(other -> welcome.addMembers(other.rank.toMessage()));
        ControlMessage message = ControlMessage.newBuilder().setWelcome(welcome).build();
        for (Arrival other : others) {
            try {
                other.channel.send(message);
            } catch (IOException e) {
                LOG.debug("{} is gone; its lifeline tells", other.rank, e);
            }
        }
        List<Rank> ranks = welcome.getMembersList().stream().map(Rank::of).toList();
        return new LifelineHub(ranks, others.stream().map(Arrival::channel).toList(), session, failure, (int)
                config.silence().toSeconds());
    }
}
