package io.dlrm4j.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.dlrm4j.core.blas.OneDnnProducts;
import io.dlrm4j.core.blas.SelectedProducts;
import io.dlrm4j.core.kernel.DenseKernels;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CpuAllocationTest {
    private static final int STEPS = 100;
    /// Vectors live on the heap until the compiler has seen each kernel often enough and come round to it.
    private static final Duration WARM_UP = Duration.ofSeconds(45);

    /// The measurement itself, and what the compiler leaves behind while it replaces code.
    private static final long MOST_BYTES_A_STEP = 64;

    @Test
    void aWarmStepAllocatesNothing() {
        CpuEngine engine = new CpuEngine(SelectedProducts.of(new OneDnnProducts()), DenseKernels.best(), 1);
        try (TinyModel model = new TinyModel(engine, TinyModel.kaggle(), TinyModel.ADAGRAD, 32)) {
            long bytes = Long.MAX_VALUE;
            long end = System.nanoTime() + WARM_UP.toNanos();
            while (bytes > STEPS * MOST_BYTES_A_STEP && System.nanoTime() - end < 0) {
                bytes = allocatedBy(model);
            }
            assertThat(bytes / STEPS).as("bytes a step").isLessThanOrEqualTo(MOST_BYTES_A_STEP);
        }
    }

    private static long allocatedBy(TinyModel model) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().threadId();
        long before = threads.getThreadAllocatedBytes(id);
        for (int step = 0; step < STEPS; step++) {
            model.step(32, 1e-4f);
        }
        return threads.getThreadAllocatedBytes(id) - before;
    }
}
