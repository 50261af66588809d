package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Ranks that exchange over a network that loses or changes packets: the sums have the same bits, or the job ends.
class NetworkFaultsIT {
    private static final int RANKS = 3;
    private static final int FLOATS = 70_001;
    private static final int ROUNDS = 4;
    private static final int TERM = 1 << 18;

    /// @return a checksum of all sums of each rank
    private static long[] sums() throws Exception {
        long[] sums = new long[RANKS];
        AeronWorld.run(RANKS, Transport.UDP, TERM, c -> sums[c.rank()] = sums(c));
        return sums;
    }

    private static long sums(Communicator c) {
        Random random = new Random(c.rank());
        CRC32C crc = new CRC32C();
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats data = memory.floats("data", FLOATS);
            for (int round = 0; round < ROUNDS; round++) {
                for (long i = 0; i < FLOATS; i++) {
                    data.set(i, random.nextFloat());
                }
                c.allReduce(Lane.DENSE, data).await();
                crc.update(data.segment().asByteBuffer());
            }
        }
        return crc.getValue();
    }

    @Test
    void lostPacketsCostTimeAndNothingElse() throws Exception {
        long[] wanted = sums();
        assertThat(wanted).containsOnly(wanted[0]);
        for (double rate : new double[] {0.001, 0.01, 0.1}) {
            try (BadNetwork _ = BadNetwork.losing(rate, 19)) {
                assertThat(sums()).as("%s of the packets lost", rate).containsExactly(wanted);
            }
        }
    }

    @Test
    void packetsThatComeTwiceOrLateChangeNothing() throws Exception {
        long[] wanted = sums();
        try (BadNetwork network = BadNetwork.disordering(0.2, 19)) {
            assertThat(sums()).containsExactly(wanted);
            assertThat(network.doubled()).as("packets that came twice").isGreaterThan(5);
            assertThat(network.delayed()).as("packets that came late").isGreaterThan(5);
        }
    }

    @Test
    void aFlippedBitIsFoundAndTheSenderNamed() {
        try (BadNetwork _ = BadNetwork.flippingABit(7)) {
            assertThatThrownBy(NetworkFaultsIT::sums)
                    .isInstanceOf(CommException.class)
                    .hasMessageMatching("a frame of \\d+ bytes from rank [012] was damaged on its way: "
                            + "its CRC-32C is wrong; check the network, in all-reduce \\d+ on lane DENSE.*");
        }
    }
}
