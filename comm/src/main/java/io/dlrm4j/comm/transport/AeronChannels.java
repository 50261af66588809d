package io.dlrm4j.comm.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;

/// The channel strings, stream numbers and sizes that both ends of a stream compute alike.
///
/// ```
/// stream number   | lane 8 | sender 8 | receiver 8 |
/// ```
public final class AeronChannels {
    /// Bytes of a stream beside its three terms.
    public static final int LOG_META_DATA_BYTES = 4 << 10;

    /// Terms of lane 0, whose operations are small and rare.
    private static final int CONTROL_TERM = 256 << 10;
    /// The largest frame that Aeron carries, header included.
    private static final int LARGEST_MTU = 65_504;
    private static final int IP_AND_UDP_HEADER = 28;
    private static final int FRAME_ALIGNMENT = 32;
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int LEAST_WINDOW = 64 << 10;
    /// What Linux grants without being configured.
    private static final int USUAL_SOCKET_BUFFER = 212_992;

    private AeronChannels() {}

    static int stream(int lane, int from, int to) {
        return (lane << 16) | (from << 8) | to;
    }

    /// @return bytes of one term of `lane`
    public static int term(int lane, int termLength) {
        return lane == 0 ? Math.min(termLength, CONTROL_TERM) : termLength;
    }

    /// Shared memory: frames as large as the term allows, pages really allocated, so that a full /dev/shm is an error
    /// at the start and not a crash later.
    static String ipc(int term) {
        return "aeron:ipc?mtu=%d|term-length=%d|sparse=false".formatted(mtu(LARGEST_MTU, term), term);
    }

    /// Where this rank listens for UDP.
    ///
    /// @param senders ranks that may send at once: their windows share the socket's buffer, and a burst from all of
    ///     them must fit into it, else the operation itself causes the loss it then repairs
    static String udpListener(String endpoint, int senders, int linkMtu) {
        int buffer = Math.min(SOCKET_BUFFER, systemLimit("rmem_max"));
        int window = Math.max(buffer / Math.max(senders, 1), Math.max(LEAST_WINDOW, udpMtu(linkMtu, 1 << 20)));
        return "aeron:udp?endpoint=%s|so-rcvbuf=%d|rcv-wnd=%d".formatted(endpoint, buffer, Math.min(window, buffer));
    }

    static String udpSender(String endpoint, int term, int linkMtu) {
        return "aeron:udp?endpoint=%s|mtu=%d|term-length=%d|sparse=false|so-sndbuf=%d"
                .formatted(endpoint, udpMtu(linkMtu, term), term, Math.min(SOCKET_BUFFER, systemLimit("wmem_max")));
    }

    /// Never so large that IP has to cut a frame in pieces, one lost piece being the loss of all.
    private static int udpMtu(int linkMtu, int term) {
        return mtu(Math.min(LARGEST_MTU, linkMtu - IP_AND_UDP_HEADER), term);
    }

    private static int mtu(int largest, int term) {
        return Math.min(largest, term / 8) / FRAME_ALIGNMENT * FRAME_ALIGNMENT; // an eighth is Aeron's own rule
    }

    /// @return the largest IP packet of the interface that has `address`
    static int linkMtu(String address) throws IOException {
        NetworkInterface link = NetworkInterface.getByInetAddress(InetAddress.getByName(address));
        if (link == null) {
            throw new IOException("address %s belongs to no interface of this host".formatted(address));
        }
        return link.getMTU();
    }

    private static int systemLimit(String name) {
        Path file = Path.of("/proc/sys/net/core", name);
        try {
            return Files.isReadable(file) ? Integer.parseInt(Files.readString(file).strip()) : USUAL_SOCKET_BUFFER;
        } catch (IOException | NumberFormatException e) {
            return USUAL_SOCKET_BUFFER;
        }
    }
}
