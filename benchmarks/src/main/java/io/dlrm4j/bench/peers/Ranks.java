package io.dlrm4j.bench.peers;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.SingleRank;
import io.dlrm4j.comm.World;
import io.dlrm4j.comm.WorldConfig;
import io.dlrm4j.core.kernel.DenseKernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;

/// How a side of ours joins its other processes.
final class Ranks {
    /// Length of one Aeron term, the trainer's default.
    static final int TERM_LENGTH = 1 << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Ranks() {}

    /// @param environment as the launcher sets it; without `RANK` this process is alone
    static Communicator join(Map<String, String> environment) throws IOException {
        if (!environment.containsKey("RANK")) {
            return new SingleRank();
        }
        WorldConfig world = WorldConfig.fromEnvironment(environment, PATIENCE, PATIENCE, TERM_LENGTH);
        return World.join(world, Map.of(), DenseKernels.best()::add);
    }

    /// @return the number of every rank
    static long[] all(Communicator ranks, long mine) {
        byte[][] gathered =
                ranks.gatherBytes(ByteBuffer.allocate(Long.BYTES).putLong(mine).array());
        long[] numbers = new long[gathered.length];
        for (int r = 0; r < numbers.length; r++) {
            numbers[r] = ByteBuffer.wrap(gathered[r]).getLong();
        }
        return numbers;
    }
}
