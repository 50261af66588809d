package io.dlrm4j.comm.transport;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.Subscription;
import io.aeron.exceptions.RegistrationException;
import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.comm.collective.FirstFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One rank's connection to its host's media driver, and the links it opens to all other ranks.
public final class AeronLinks implements AutoCloseable {
    /// File in a driver's directory that holds a text of its own, the same for all who share the driver.
    public static final String DRIVER_ID_FILE = "dlrm-driver-id";

    private static final int SESSION_BYTES = 32;
    private static final int PROBE_STREAM = 0x7fff_ffff;
    private static final int PORT_ATTEMPTS = 5;
    private static final long CHECK_NANOS = 200_000;
    /// Longer than any pause of a process that a job should survive; a dead one is seen by the lifeline at once.
    private static final long DRIVER_TIMEOUT_MILLIS = 30_000;

    private final WorldConfig config;
    private final Consumer<String> onError;
    private final Aeron aeron;
    private final String driverId;
    private final String endpoint;
    private final @Nullable UdpInterface udp;
    private final @Nullable Subscription listener;

    private AeronLinks(
            WorldConfig config,
            Consumer<String> onError,
            Aeron aeron,
            String driverId,
            @Nullable Subscription listener,
            String endpoint,
            @Nullable UdpInterface udp) {
        this.config = config;
        this.onError = onError;
        this.aeron = aeron;
        this.driverId = driverId;
        this.listener = listener;
        this.endpoint = endpoint;
        this.udp = udp;
    }

    /// Connects to the media driver and, where UDP may be used, opens this rank's port.
    ///
    /// @param onError told of what is found wrong later: by Aeron on a thread of its own, about a frame by who
    ///     polls
    /// @throws CommException when there is no driver or the port cannot be opened
    public static AeronLinks connect(WorldConfig config, Consumer<String> onError) {
        Path directory = config.aeronDirectory();
        if (!Files.exists(directory.resolve("cnc.dat"))) {
            throw new CommException(
                    "rank %d: no media driver in %s; start the ranks with the launcher, which owns it"
                            .formatted(config.rank(), directory),
                    config.rank());
        }
        Aeron aeron = null;
        try {
            aeron = Aeron.connect(new Aeron.Context()
                    .aeronDirectoryName(directory.toString())
                    .driverTimeoutMs(DRIVER_TIMEOUT_MILLIS)
                    .threadFactory(task ->
                            Thread.ofPlatform().name("aeron-client").daemon().unstarted(task))
                    .errorHandler(e -> onError.accept("media driver in %s: %s".formatted(directory, e))));
            Path idFile = directory.resolve(DRIVER_ID_FILE);
            String driverId = Files.exists(idFile) ? Files.readString(idFile) : directory.toString();
            if (config.transport() == Transport.IPC) {
                return new AeronLinks(config, onError, aeron, driverId, null, "", null);
            }
            UdpInterface udp = UdpInterface.of(config.ownAddress());
            return listening(config, onError, aeron, driverId, udp);
        } catch (IOException | RuntimeException e) {
            if (aeron != null) {
                aeron.close();
            }
            throw failed(config, "cannot use the media driver in %s: %s".formatted(directory, e.getMessage()), e);
        }
    }

    /// Opens this rank's port. Aeron cannot share a port that it chose itself between streams, so one is chosen here.
    private static AeronLinks listening(
            WorldConfig config, Consumer<String> onError, Aeron aeron, String driverId, UdpInterface udp)
            throws IOException {
        RuntimeException last = null;
        for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
            String endpoint = config.ownAddress() + ":" + UdpInterface.freePort(config.ownAddress());
            try {
                String channel = AeronChannels.udpListener(endpoint, config.size() - 1, udp);
                Subscription listener = aeron.addSubscription(channel, PROBE_STREAM);
                return new AeronLinks(config, onError, aeron, driverId, listener, endpoint, udp);
            } catch (RegistrationException e) {
                last = e; // taken by another process in between
            }
        }
        throw new IOException("no UDP port on " + config.ownAddress(), last);
    }

    private static CommException failed(WorldConfig config, String what, Exception cause) {
        CommException e = new CommException("rank %d: %s".formatted(config.rank(), what), config.rank());
        e.initCause(cause);
        return e;
    }

    /// @return equal for ranks that share a media driver
    public String driverId() {
        return driverId;
    }

    /// @return where this rank receives UDP, `address:port`; empty: nowhere
    public String endpoint() {
        return endpoint;
    }

    /// What must be known of a rank to reach it.
    ///
    /// @param driverId its [AeronLinks#driverId]
    /// @param endpoint its [AeronLinks#endpoint]
    public record Peer(String driverId, String endpoint) {}

    /// Opens all links and waits until frames can flow both ways.
    ///
    /// @param peers all ranks in order
    /// @param session of this start of the job, which makes the keys where frames are encrypted
    /// @return links `[lane][peer]`
    /// @throws CommException when a rank cannot be reached in the join timeout or /dev/shm is full
    public @Nullable Link[][] open(List<Peer> peers, int lanes, byte[] session, FirstFailure failure) {
        AeronLink[][] links = new AeronLink[lanes][];
        try {
            for (int lane = 0; lane < lanes; lane++) {
                links[lane] = openLane(lane, peers, session);
            }
        } catch (RuntimeException e) {
            throw failed(config, "cannot open streams in %s: %s".formatted(config.aeronDirectory(), e.getMessage()), e);
        }
        long deadline = System.nanoTime() + config.joinTimeout().toNanos();
        String missing = unconnected(links);
        while (!missing.isEmpty()) {
            failure.check();
            if (deadline - System.nanoTime() < 0) {
                throw new CommException(
                        "rank %d: no stream to or from rank %s within %d s; check the network and %s"
                                .formatted(
                                        config.rank(),
                                        missing,
                                        config.joinTimeout().toSeconds(),
                                        "DLRM_ADDRESS"),
                        -1);
            }
            LockSupport.parkNanos(CHECK_NANOS);
            missing = unconnected(links);
        }
        return links;
    }

    /// @param peers all ranks in order
    /// @return the memory that this rank shares with those it reaches without UDP; null: with none
    public @Nullable SharedMemory sharedMemory(List<Peer> peers) {
        BitSet host = new BitSet();
        for (int rank = 0; rank < peers.size(); rank++) {
            host.set(rank, shared(rank, peers.get(rank)));
        }
        return host.cardinality() < 2
                ? null
                : new SharedMemory(config.rank(), peers.size(), host, new AreaFiles(config.aeronDirectory()));
    }

    private AeronLink[] openLane(int lane, List<Peer> peers, byte[] session) {
        int me = config.rank();
        int term = AeronChannels.term(lane, config.termLength());
        AeronLink[] links = new AeronLink[peers.size()];
        for (int peer = 0; peer < links.length; peer++) {
            if (peer != me) {
                UdpInterface network = shared(peer, peers.get(peer)) ? null : udp;
                String to = network == null
                        ? AeronChannels.ipc(term)
                        : AeronChannels.udpSender(peers.get(peer).endpoint(), term, network);
                String from = network == null
                        ? CommonContext.IPC_CHANNEL
                        : AeronChannels.udpListener(endpoint, config.size() - 1, network);
                links[peer] = new AeronLink(
                        aeron.addExclusivePublication(to, AeronChannels.stream(lane, me, peer)),
                        aeron.addSubscription(from, AeronChannels.stream(lane, peer, me)),
                        peer,
                        network != null,
                        network == null || !config.encrypt() ? null : seal(lane, peer, session));
            }
        }
        return links;
    }

    private AeronLink.Seal seal(int lane, int peer, byte[] session) {
        int me = config.rank();
        if (session.length != SESSION_BYTES) {
            throw new IllegalStateException(
                    "session of %d bytes, want %d; all ranks need one build".formatted(session.length, SESSION_BYTES));
        }
        FrameCipher out = new FrameCipher(config.token().linkKey(session, lane, me, peer));
        FrameCipher in = new FrameCipher(config.token().linkKey(session, lane, peer, me));
        return new AeronLink.Seal(
                out,
                in,
                () -> onError.accept(("rank %d: a frame of rank %d on lane %d is not as it "
                                + "was sent: changed, repeated or sent by somebody else on the network between them")
                        .formatted(me, peer, lane)));
    }

    private boolean shared(int rank, Peer peer) {
        boolean oneDriver = peer.driverId().equals(driverId);
        return switch (config.transport()) {
            case UDP -> false;
            case AUTO -> oneDriver;
            case IPC -> {
                if (!oneDriver) {
                    throw new IllegalArgumentException(
                            "rank %d uses another media driver, which the ipc transport cannot reach; use auto"
                                    .formatted(rank));
                }
                yield true;
            }
        };
    }

    private static String unconnected(AeronLink[][] links) {
        StringJoiner ranks = new StringJoiner(", ");
        for (int peer = 0; peer < links[0].length; peer++) {
            boolean connected = true;
            for (AeronLink[] lane : links) {
                connected &= lane[peer] == null || lane[peer].isConnected();
            }
            if (!connected) {
                ranks.add(Integer.toString(peer));
            }
        }
        return ranks.toString();
    }

    @Override
    public void close() {
        if (listener != null) {
            listener.close();
        }
        aeron.close();
    }
}
