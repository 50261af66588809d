package io.dlrm4j.comm;

import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ReceiveChannelEndpointSupplier;
import io.aeron.driver.SendChannelEndpointSupplier;
import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.DebugSendChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.aeron.driver.ext.RandomLossGenerator;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.SendChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import io.aeron.protocol.DataHeaderFlyweight;
import io.aeron.protocol.HeaderFlyweight;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;

/// Makes the media drivers that are started while it is open lose packets, deliver them twice or late, or change
/// a bit in one; by Aeron's own seams for this, so that a seed gives the same faults again.
final class BadNetwork implements AutoCloseable {
    private static final String SENDER = "aeron.SendChannelEndpoint.supplier";
    private static final String RECEIVER = "aeron.ReceiveChannelEndpoint.supplier";
    private static final LossGenerator NONE = (address, buffer, length) -> false;
    private static final int LARGE_FRAME = 1_000;

    private static volatile double lossRate;
    private static volatile double disorderRate;
    private static final AtomicInteger DOUBLED = new AtomicInteger();
    private static final AtomicInteger DELAYED = new AtomicInteger();
    private static volatile long seed;
    private static volatile LossGenerator onArrival = NONE;

    private BadNetwork() {
        System.setProperty(SENDER, Sender.class.getName());
        System.setProperty(RECEIVER, Receiver.class.getName());
    }

    /// Loses a share of the data on the way out and of the control frames on the way in.
    static BadNetwork losing(double rate, long itsSeed) {
        lossRate = rate;
        disorderRate = 0;
        seed = itsSeed;
        onArrival = NONE;
        return new BadNetwork();
    }

    /// Delivers a share of the packets twice, and as many after the one that follows them.
    static BadNetwork disordering(double rate, long itsSeed) {
        BadNetwork network = losing(0, itsSeed);
        disorderRate = rate;
        DOUBLED.set(0);
        DELAYED.set(0);
        return network;
    }

    /// @return packets delivered twice since this was opened
    int doubled() {
        return DOUBLED.get();
    }

    /// @return packets delivered after a later one
    int delayed() {
        return DELAYED.get();
    }

    /// Flips a bit of the payload of one large data frame, after UDP's own checksum was found right.
    ///
    /// @param number of the frame among the large ones
    static BadNetwork flippingABit(int number) {
        lossRate = 0;
        disorderRate = 0;
        AtomicInteger frames = new AtomicInteger();
        onArrival = (address, buffer, length) -> {
            int type = buffer.getShort(HeaderFlyweight.TYPE_FIELD_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xffff;
            if (type == HeaderFlyweight.HDR_TYPE_DATA && length > LARGE_FRAME && frames.incrementAndGet() == number) {
                int at = DataHeaderFlyweight.HEADER_LENGTH + LARGE_FRAME / 2;
                buffer.putByte(at, (byte) (buffer.getByte(at) ^ 0x10));
            }
            return false;
        };
        return new BadNetwork();
    }

    @Override
    public void close() {
        System.clearProperty(SENDER);
        System.clearProperty(RECEIVER);
    }

    private static LossGenerator loss() {
        return lossRate == 0 ? NONE : new RandomLossGenerator(lossRate, seed);
    }

    /// Made by Aeron, by its name.
    public static final class Sender implements SendChannelEndpointSupplier {
        @Override
        public SendChannelEndpoint newInstance(UdpChannel channel, AtomicCounter status, MediaDriver.Context context) {
            return new DebugSendChannelEndpoint(channel, status, context, loss(), loss());
        }
    }

    /// Made by Aeron, by its name.
    public static final class Receiver implements ReceiveChannelEndpointSupplier {
        @Override
        public ReceiveChannelEndpoint newInstance(
                UdpChannel channel,
                DataPacketDispatcher dispatcher,
                AtomicCounter status,
                MediaDriver.Context context) {
            return new Disordering(channel, dispatcher, status, context);
        }
    }

    /// Where packets arrive; one thread.
    private static final class Disordering extends DebugReceiveChannelEndpoint {
        private final Random random = new Random(seed);
        private final double rate = disorderRate;
        private final DataHeaderFlyweight heldHeader = new DataHeaderFlyweight();
        private final UnsafeBuffer held = new UnsafeBuffer(new byte[0]);

        Disordering(
                UdpChannel channel,
                DataPacketDispatcher dispatcher,
                AtomicCounter status,
                MediaDriver.Context context) {
            super(channel, dispatcher, status, context, onArrival, loss());
        }

        @Override
        public int onDataPacket(
                DataHeaderFlyweight header, UnsafeBuffer buffer, int length, InetSocketAddress from, int index) {
            double fate = random.nextDouble();
            if (fate < rate && held.capacity() == 0) {
                byte[] copy = new byte[length];
                buffer.getBytes(0, copy);
                held.wrap(copy);
                DELAYED.incrementAndGet();
                return 0;
            }
            int bytes = super.onDataPacket(header, buffer, length, from, index);
            if (fate > 1 - rate) {
                bytes += super.onDataPacket(header, buffer, length, from, index);
                DOUBLED.incrementAndGet();
            }
            if (held.capacity() > 0) {
                heldHeader.wrap(held);
                bytes += super.onDataPacket(heldHeader, held, held.capacity(), from, index);
                held.wrap(new byte[0]);
            }
            return bytes;
        }
    }
}
