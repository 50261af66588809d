package io.dlrm4j.bench;

import io.dlrm4j.comm.Communicator.Lane;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
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

/// How long ranks on threads of one JVM take to sum a gradient buffer; the algorithms are those of processes, the
/// transport is not. Each invocation starts the threads and sums a hundred times.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CollectivesBenchmark {
    private static final int SUMS = 100;

    @Param({"2", "4"})
    int ranks;

    @Param({"1000", "475985"}) // latency-bound and odd; the Kaggle MLPs
    int floats;

    @Benchmark
    @OperationsPerInvocation(SUMS)
    public void allReduce() {
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("benchmark")) {
                Floats data = memory.floats("data", floats);
                for (int i = 0; i < SUMS; i++) {
                    data.set(0, 1);
                    communicator.allReduce(Lane.DENSE, data).await();
                }
                if (data.get(0) != ranks) {
                    throw new IllegalStateException("sum=%s, want %d".formatted(data.get(0), ranks));
                }
            }
        });
    }
}
