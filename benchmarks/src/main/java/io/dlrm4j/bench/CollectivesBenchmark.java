package io.dlrm4j.bench;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.comm.RankBody;
import io.dlrm4j.core.kernel.DenseKernels;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How long ranks on threads of one JVM take to sum a gradient buffer and to exchange pooled vectors, in shared memory
/// and in frames; the algorithms are those of processes, the transport of frames is not. Each invocation starts the
/// threads and does a hundred operations.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CollectivesBenchmark {
    private static final int OPERATIONS = 100;
    private static final int SAMPLES = 2_048; // of each rank
    private static final int TABLES = 26;
    private static final int DIM = 16;

    @Param({"2", "4"})
    int ranks;

    @Param({"shared", "frames"})
    String way = "shared";

    /// The Kaggle model's MLP gradients.
    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public void allReduce() {
        sum(475_985);
    }

    /// Bound by latency, and odd.
    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public void smallAllReduce() {
        sum(1_001);
    }

    private void sum(int floats) {
        run(communicator -> {
            try (OffHeap memory = memory(communicator)) {
                Floats data = memory.sharedFloats("data", floats);
                for (int i = 0; i < OPERATIONS; i++) {
                    data.set(0, 1);
                    communicator.allReduce(Lane.DENSE, data).await();
                }
                check(data.get(0), ranks);
            }
        });
    }

    /// Each rank receives the vectors of 2,048 samples from the owners of 26 tables.
    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public void exchange() {
        run(communicator -> {
            long[] sendOffsets = new long[ranks + 1];
            long[] receiveOffsets = new long[ranks + 1];
            for (int r = 0; r < ranks; r++) {
                sendOffsets[r + 1] = sendOffsets[r] + bytesFrom(communicator.rank());
                receiveOffsets[r + 1] = receiveOffsets[r] + bytesFrom(r);
            }
            try (OffHeap memory = memory(communicator)) {
                Floats send = memory.sharedFloats("send", sendOffsets[ranks] / Float.BYTES);
                Floats receive = memory.floats("receive", receiveOffsets[ranks] / Float.BYTES);
                send.fill(communicator.rank());
                for (int i = 0; i < OPERATIONS; i++) {
                    communicator
                            .allToAll(Lane.FORWARD, send.segment(), sendOffsets, receive.segment(), receiveOffsets)
                            .await();
                }
                check(receive.get(receive.length() - 1), ranks - 1f);
            }
        });
    }

    private long bytesFrom(int rank) {
        int tables = TABLES / ranks + (rank < TABLES % ranks ? 1 : 0);
        return (long) SAMPLES * tables * DIM * Float.BYTES;
    }

    private OffHeap memory(Communicator communicator) {
        return new OffHeap("benchmark", Long.MAX_VALUE, way.equals("shared") ? communicator.sharedMemory() : null);
    }

    private void run(RankBody body) {
        LocalWorld.run(ranks, DenseKernels.best()::add, Duration.ofMinutes(1), body);
    }

    private static void check(float is, float want) {
        if (is != want) {
            throw new IllegalStateException("result=%s, want %s".formatted(is, want));
        }
    }
}
