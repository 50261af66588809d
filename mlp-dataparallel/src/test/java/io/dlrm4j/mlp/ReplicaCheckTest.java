package io.dlrm4j.mlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReplicaCheckTest {
    @Test
    void equalCopiesPass() {
        LocalWorld.run(3, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats weights = Floats.of(memory, "weights", 1, 2, 3);
                assertThatCode(() -> ReplicaCheck.requireEqual(communicator, "dense weights", "step 5", weights))
                        .doesNotThrowAnyException();
            }
        });
    }

    @Test
    void everyRankNamesTheOnesThatDiffer() {
        AtomicInteger told = new AtomicInteger();
        LocalWorld.run(4, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                boolean differs = communicator.rank() % 3 == 0; // two against two: rank 0's side is the usual one
                Floats weights = Floats.of(memory, "weights", 1, differs ? Math.nextUp(2f) : 2, 3);
                assertThatThrownBy(() -> ReplicaCheck.requireEqual(communicator, "dense weights", "step 5", weights))
                        .isInstanceOf(ReplicaException.class)
                        .hasMessage("step 5: dense weights of rank 1, 2 differ from those of the other 2 ranks; "
                                + "continue from the last checkpoint");
                told.incrementAndGet();
            }
        });
        assertThat(told).hasValue(4);
    }

    @Test
    void aSingleBitChangesTheHash() {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Floats weights = memory.floats("weights", 1000);
            long before = ReplicaCheck.hash(weights);
            weights.set(999, Float.MIN_VALUE);
            assertThat(ReplicaCheck.hash(weights)).isNotEqualTo(before);
        }
    }
}
