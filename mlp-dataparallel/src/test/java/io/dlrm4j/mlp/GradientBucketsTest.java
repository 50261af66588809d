package io.dlrm4j.mlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.comm.Communicator;
import io.dlrm4j.comm.LocalWorld;
import io.dlrm4j.comm.SingleRank;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientBucketsTest {
    @ParameterizedTest(name = "{0} ranks, {1} gradients in buckets of {2}")
    @CsvSource({"1, 10, 4", "2, 10, 4", "2, 10, 10", "3, 10, 1", "3, 7, 100", "4, 4096, 1000"})
    void everyGradientIsSummedOnceInEachStep(int ranks, int length, int bucketFloats) {
        LocalWorld.run(ranks, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats gradients = memory.floats("gradients", length);
                GradientBuckets buckets = buckets(communicator, gradients, bucketFloats, memory);
                assertThat(buckets.count()).isEqualTo(Math.ceilDiv(length, bucketFloats));
                for (int step = 1; step <= 3; step++) {
                    for (int from = length - 1; from >= 0; from--) { // as backward fills them
                        gradients.set(from, (communicator.rank() + 1) * step * (from % 17));
                        buckets.accept(from);
                    }
                    buckets.sumOverRanks();
                    for (int i = 0; i < length; i++) {
                        assertThat(gradients.get(i))
                                .as("gradient %d of step %d on rank %d", i, step, communicator.rank())
                                .isEqualTo(ranks * (ranks + 1) / 2 * step * (i % 17));
                    }
                }
            }
        });
    }

    @Test
    void aBucketStartsWhenItsFirstGradientIsFinal() {
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats gradients = memory.floats("gradients", 10);
                gradients.fill(1);
                GradientBuckets buckets = buckets(communicator, gradients, 4, memory);

                buckets.accept(6); // the last bucket is floats 6 to 9
                gradients.slice(0, 6).fill(10); // backward may still write to the others
                buckets.accept(0);
                buckets.sumOverRanks();

                assertThat(gradients.toArray()).containsExactly(20, 20, 20, 20, 20, 20, 2, 2, 2, 2);
            }
        });
    }

    @Test
    void refusesToSumWhatIsNotComplete() {
        try (OffHeap memory = OffHeap.unlimited("test");
                SingleRank communicator = new SingleRank()) {
            GradientBuckets buckets = buckets(communicator, memory.floats("gradients", 10), 4, memory);
            buckets.accept(3);

            assertThatThrownBy(buckets::sumOverRanks)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("gradient buckets: 1 of 3 are complete, want all before they are summed");
        }
    }

    @Test
    void aBucketThatIsNotSoundIsNotSummed() {
        LocalWorld.run(2, communicator -> {
            try (OffHeap memory = OffHeap.unlimited("test")) {
                Floats gradients = memory.floats("gradients", 10);
                gradients.fill(1);
                gradients.set(3, 7);
                GradientBuckets buckets = new GradientBuckets(
                        communicator,
                        gradients,
                        4,
                        SumFormat.EXACT,
                        bucket -> bucket.get(bucket.length() - 2) < 7,
                        memory);
                buckets.accept(6);
                assertThat(buckets.refused()).isFalse();
                buckets.accept(2); // floats 2 to 5
                assertThat(buckets.refused()).isFalse();
                gradients.set(0, 7);
                buckets.accept(0);
                assertThat(buckets.refused()).isTrue();
                assertThatThrownBy(buckets::sumOverRanks).hasMessageContaining("2 of 3 are complete");
                communicator.barrier(Communicator.Lane.CONTROL).await();
            }
        });
    }

    @Test
    void refusesBucketsOfNothing() {
        try (OffHeap memory = OffHeap.unlimited("test");
                SingleRank communicator = new SingleRank()) {
            assertThatThrownBy(() -> buckets(communicator, Floats.NONE, 0, memory))
                    .hasMessage("comm.bucket_floats=0, want 1 or more");
        }
    }

    private static GradientBuckets buckets(
            Communicator communicator, Floats gradients, int bucketFloats, OffHeap memory) {
        return new GradientBuckets(communicator, gradients, bucketFloats, SumFormat.EXACT, bucket -> true, memory);
    }
}
