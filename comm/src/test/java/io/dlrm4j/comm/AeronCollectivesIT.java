package io.dlrm4j.comm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.WorldConfig.Transport;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AeronCollectivesIT {
    @ParameterizedTest
    @CsvSource({
        "2, IPC, 65536",
        "2, AUTO, 1048576",
        "3, IPC, 262144",
        "5, IPC, 65536",
        "2, UDP, 1048576",
        "3, UDP, 65536"
    })
    void keepTheirPromisesForEveryLength(int ranks, Transport transport, int termLength) throws Exception {
        AeronWorld.run(ranks, transport, termLength, CollectiveChecks::all);
    }

    @Test
    void twoHostsAreJoinedBySharedMemoryInsideAndUdpBetween() throws Exception {
        AeronWorld.runOnTwoHosts(3, 2, CollectiveChecks::all);
    }

    @Test
    void encryptedFramesKeepThePromisesToo() throws Exception {
        AeronWorld.runEncrypted(3, 1 << 18, CollectiveChecks::all);
    }

    @Test
    void aStepAllocatesNothing() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AeronWorld.run(2, Transport.IPC, 1 << 20, c -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats send = memory.floats("send", 50_000);
                Floats receive = memory.floats("receive", 50_000);
                Floats shared =
                        new Floats(Objects.requireNonNull(c.sharedMemory()).allocate(200_000, 4));
                long[] offsets = {0, 100_000, 200_000};
                for (int i = 0; i < 500; i++) {
                    step(c, send, receive, offsets); // until compiled
                    step(c, shared, receive, offsets);
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    step(c, send, receive, offsets);
                    step(c, shared, receive, offsets);
                }
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                assertThat(allocated / 200).as("bytes a step").isLessThan(16);
            }
        });
    }

    private static void step(Communicator c, Floats send, Floats receive, long[] offsets) {
        Pending forward = c.allToAll(Lane.FORWARD, send.segment(), offsets, receive.segment(), offsets);
        c.allReduce(Lane.DENSE, send).await();
        forward.await();
        c.barrier(Lane.CONTROL).await();
    }
}
