package io.dlrm4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.memory.OffHeap;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final Schema SCHEMA =
            new Schema(3, List.of(new Schema.Table("A", 10, 1), new Schema.Table("B", 10, 4)));

    @Test
    void partsOfAllRanksCoverEverySampleOnceAndDifferByOne() {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            for (int ranks = 1; ranks <= 5; ranks++) {
                for (int samples = 1; samples <= 13; samples++) {
                    int next = 0;
                    for (int rank = 0; rank < ranks; rank++) {
                        Batch batch = new Batch(memory, "batch", SCHEMA, 13, rank, ranks, new boolean[2]);
                        batch.globalSize(samples);
                        assertThat(batch.from()).isEqualTo(next);
                        assertThat(batch.size()).isBetween(samples / ranks, samples / ranks + 1);
                        next += batch.size();
                    }
                    assertThat(next).isEqualTo(samples);
                }
            }
        }
    }

    @Test
    void refusesSizesItHasNoRoomForAndTablesThatAreNotHere() {
        try (OffHeap memory = OffHeap.unlimited("test")) {
            Batch batch = new Batch(memory, "batch", SCHEMA, 4, 0, 1, new boolean[] {false, true});
            assertThatThrownBy(() -> batch.globalSize(5)).hasMessage("batch of 5 samples, want 1 to 4");
            assertThatThrownBy(() -> batch.globalSize(0)).hasMessage("batch of 0 samples, want 1 to 4");
            assertThatThrownBy(() -> batch.bags(0)).hasMessage("batch on rank 0: ids of table 0 are not here");
            assertThat(batch.bags(1).starts()).isNotNull();
        }
    }
}
