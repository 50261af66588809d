package io.dlrm4j.trainer;

import com.sun.management.OperatingSystemMXBean;
import io.dlrm4j.comm.CommException;
import io.dlrm4j.comm.Communicator;
import io.dlrm4j.core.config.TrainConfig;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.mlp.ReplicaException;
import io.dlrm4j.trainer.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;

/// What every job has around it on one rank: memory with a limit, and the promise that a failure here ends the job on
/// every rank with the same sentence.
public final class RankScope {
    private static final double SHARE_OF_MACHINE = 0.75;

    private RankScope() {}

    /// The job itself.
    @FunctionalInterface
    interface Body<T> {
        /// @param memory closed after the job
        T run(OffHeap memory) throws IOException;
    }

    /// Runs `body`; a failure is told to the other ranks before it leaves.
    static <T> T run(TrainConfig config, Communicator communicator, Body<T> body) {
        String owner = "rank " + communicator.rank();
        long limit = memoryLimit(config, communicator.size());
        try (OffHeap memory = new OffHeap(owner, limit, communicator.sharedMemory())) {
            return run(communicator, memory, body);
        }
    }

    private static <T> T run(Communicator communicator, OffHeap memory, Body<T> body) {
        try {
            return body.run(memory);
        } catch (CommException | CheckpointException | ReplicaException e) {
            throw e; // every rank throws it
        } catch (IOException e) {
            communicator.abort(String.valueOf(e.getMessage()));
            throw new UncheckedIOException(e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            communicator.abort(String.valueOf(e.getMessage()));
            throw e;
        }
    }

    /// @param ranks of a host
    /// @return bytes off the heap that one of them may take
    public static long memoryLimit(TrainConfig config, int ranks) {
        if (config.getMemoryLimitMib() > 0) {
            return Math.multiplyExact(config.getMemoryLimitMib(), 1L << 20);
        }
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return (long) (system.getTotalMemorySize() * SHARE_OF_MACHINE / ranks);
    }
}
