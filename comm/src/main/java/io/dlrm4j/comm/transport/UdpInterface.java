package io.dlrm4j.comm.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/// What the network interface of this host and its system grant to UDP.
///
/// @param mtu the largest IP packet in bytes
/// @param sendBuffer bytes of a socket's send buffer
/// @param receiveBuffer bytes of a socket's receive buffer
record UdpInterface(int mtu, int sendBuffer, int receiveBuffer) {
    private static final int WANTED_BUFFER = 4 << 20;

    /// Asks for what is granted; the limits under /proc are not those of every container.
    ///
    /// @throws IOException when `address` is none of this host's
    static UdpInterface of(String address) throws IOException {
        NetworkInterface link = NetworkInterface.getByInetAddress(InetAddress.getByName(address));
        if (link == null) {
            throw new IOException(
                    "address %s belongs to no interface of this host; set DLRM_ADDRESS".formatted(address));
        }
        try (DatagramChannel probe = DatagramChannel.open()) {
            probe.setOption(StandardSocketOptions.SO_SNDBUF, WANTED_BUFFER);
            probe.setOption(StandardSocketOptions.SO_RCVBUF, WANTED_BUFFER);
            return new UdpInterface(
                    link.getMTU(),
                    Math.min(WANTED_BUFFER, probe.getOption(StandardSocketOptions.SO_SNDBUF)),
                    Math.min(WANTED_BUFFER, probe.getOption(StandardSocketOptions.SO_RCVBUF)));
        }
    }

    /// @return a port of `address` that is free now; another process may still take it
    static int freePort(String address) throws IOException {
        try (DatagramChannel probe = DatagramChannel.open()) {
            probe.bind(new InetSocketAddress(address, 0));
            return ((InetSocketAddress) probe.getLocalAddress()).getPort();
        }
    }
}
