package io.dlrm4j.bench.peers;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.core.data.Partition;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;

/// Our collectives on what one Kaggle step sends, as one rank of a job.
///
/// ```
/// all-reduce          475,985 floats: the gradients of both MLPs
/// all-to-all, rank    every rank receives 26 vectors of width 16 for 2,048 samples of its own
/// all-to-all, global  the same for 2,048 samples of all ranks together
/// ```
///
/// Each operation is checked once, warmed up for a given time, then timed one by one on rank 0 without a barrier
/// between. Twins: `benchmarks/peers/collectives.c`, `benchmarks/pytorch/collectives_peer.py`.
public final class CollectiveRunner {
    private static final int GRADIENTS = 475_985;
    private static final int SAMPLES = 2_048;
    private static final int DIM = 16;
    private static final int CHUNK = 20;

    private CollectiveRunner() {}

    /// @param words [SideOptions]; the environment says which rank
    public static void main(String... words) throws IOException {
        SideOptions options = SideOptions.parse(words);
        try (Communicator ranks = Ranks.join(System.getenv());
                OffHeap memory = new OffHeap("collectives", Long.MAX_VALUE, ranks.sharedMemory())) {
            Floats gradients = memory.sharedFloats("gradients", GRADIENTS);
            gradients.fill(1);
            ranks.allReduce(Lane.DENSE, gradients).await();
            require(gradients.get(GRADIENTS - 1) == ranks.size(), "all-reduce");
            gradients.fill(0);
            time(
                    "all-reduce",
                    ranks,
                    options,
                    () -> ranks.allReduce(Lane.DENSE, gradients).await());
            exchange("all-to-all rank", SAMPLES, ranks, options, memory);
            exchange("all-to-all global", SAMPLES / ranks.size(), ranks, options, memory);
        }
    }

    private static void exchange(
            String name, int samplesPerRank, Communicator ranks, SideOptions options, OffHeap memory) {
        int n = ranks.size();
        long[] send = new long[n + 1];
        long[] receive = new long[n + 1];
        long row = (long) samplesPerRank * DIM * Float.BYTES;
        for (int r = 0; r < n; r++) {
            send[r + 1] = send[r] + row * Partition.size(BatchFile.TABLES, n, ranks.rank());
            receive[r + 1] = receive[r] + row * Partition.size(BatchFile.TABLES, n, r);
        }
        MemorySegment out = memory.sharedFloats("send", send[n] / Float.BYTES).segment();
        MemorySegment in = memory.bytes("receive", receive[n]);
        out.fill((byte) (ranks.rank() + 1));
        ranks.allToAll(Lane.FORWARD, out, send, in, receive).await();
        require(in.get(JAVA_BYTE, receive[n] - 1) == n, name);
        time(
                name,
                ranks,
                options,
                () -> ranks.allToAll(Lane.FORWARD, out, send, in, receive).await());
    }

    private static void require(boolean holds, String name) {
        if (!holds) {
            throw new IllegalStateException(name + ": wrong result");
        }
    }

    private static void time(String name, Communicator ranks, SideOptions options, Runnable operation) {
        run(ranks, options.warm(), operation);
        double[] millis = run(ranks, options.measure(), operation);
        Arrays.sort(millis);
        if (ranks.rank() == 0) {
            System.out.printf(
                    Locale.ROOT,
                    "{\"operation\":\"%s\",\"best\":%.5f,\"median\":%.5f}%n",
                    name,
                    millis[0],
                    millis[millis.length / 2]);
        }
    }

    private static double[] run(Communicator ranks, double seconds, Runnable operation) {
        double[] millis = new double[0];
        long start = System.nanoTime();
        while (Ranks.all(ranks, System.nanoTime() - start < seconds * 1e9 ? 1 : 0)[0] == 1) {
            int done = millis.length;
            millis = Arrays.copyOf(millis, done + CHUNK);
            for (int i = done; i < millis.length; i++) {
                long from = System.nanoTime();
                operation.run();
                millis[i] = (System.nanoTime() - from) / 1e6;
            }
        }
        return millis;
    }
}
