package io.dlrm4j.comm.transport;

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
    private static final int LEAST_WINDOW = 64 << 10; // a frame of any size fits

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
    static String udpListener(String endpoint, int senders, UdpInterface udp) {
        int window = Math.clamp(udp.receiveBuffer() / senders, LEAST_WINDOW, udp.receiveBuffer());
        return "aeron:udp?endpoint=%s|so-rcvbuf=%d|rcv-wnd=%d".formatted(endpoint, udp.receiveBuffer(), window);
    }

    static String udpSender(String endpoint, int term, UdpInterface udp) {
        return "aeron:udp?endpoint=%s|mtu=%d|term-length=%d|sparse=false|so-sndbuf=%d"
                .formatted(endpoint, udpMtu(udp, term), term, udp.sendBuffer());
    }

    /// Never so large that IP has to cut a frame in pieces, one lost piece being the loss of all.
    private static int udpMtu(UdpInterface udp, int term) {
        return mtu(Math.min(LARGEST_MTU, Math.min(udp.mtu() - IP_AND_UDP_HEADER, udp.sendBuffer())), term);
    }

    private static int mtu(int largest, int term) {
        return Math.min(largest, term / 8) / FRAME_ALIGNMENT * FRAME_ALIGNMENT; // an eighth is Aeron's own rule
    }
}
