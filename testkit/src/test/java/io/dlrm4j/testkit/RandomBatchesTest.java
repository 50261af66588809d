package io.dlrm4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.core.data.Schema;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RandomBatchesTest {
    private final OffHeap memory = OffHeap.unlimited("test");

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void aRankGetsItsOwnSamplesAndAllIdsOfTheTablesItWants() {
        Schema schema = new Schema(1, List.of(new Schema.Table("C1", 10, 1), new Schema.Table("C2", 10, 2)));
        RandomBatches source = new RandomBatches(
                schema,
                new float[] {10, 11, 12, 13},
                new float[] {0, 1, 0, 1},
                new int[][] {{1, 2, 3, 4}, {5, 6, 6, 7}},
                new int[][] {null, {0, 1, 1, 3, 4}});
        Batch batch = new Batch(memory, "batch", schema, 3, 1, 2, new boolean[] {false, true});
        source.read(1, 3, batch);
        assertThat(batch.size()).isEqualTo(2);
        assertThat(batch.dense().slice(0, 2).toArray()).containsExactly(12, 13);
        assertThat(batch.labels().slice(0, 2).toArray()).containsExactly(0, 1);
        assertThat(batch.has(0)).isFalse();
        assertThat(batch.bags(1).count()).isEqualTo(3);
        assertThat(Objects.requireNonNull(batch.bags(1).starts()).toArray()).containsExactly(0, 0, 2, 3);
        assertThat(batch.bags(1).ids().slice(0, 3).toArray()).containsExactly(6, 6, 7);
    }

    @Test
    void theSameSeedGivesTheSameSamples() {
        float[][] samples = read(RandomBatches.multiHot(1, 50, 2, 4, 9, 1));
        assertThat(read(RandomBatches.multiHot(1, 50, 2, 4, 9, 1))).isDeepEqualTo(samples);
        assertThat(Arrays.deepEquals(read(RandomBatches.multiHot(2, 50, 2, 4, 9, 1)), samples))
                .isFalse();
    }

    @Test
    void idsRepeatAndBagsMayBeEmpty() {
        Samples samples = Samples.of(batch(RandomBatches.multiHot(1, 200, 2, 4, 9)), 2);
        assertThat(List.of(samples.ids()[0]))
                .anyMatch(bag -> bag.length == 0)
                .anyMatch(bag -> bag.length == 4)
                .anyMatch(bag -> bag.length == 2 && bag[0] == bag[1]);
        assertThat(samples.labels()).contains(0, 1);
    }

    @Test
    void refusesSamplesItDoesNotHave() {
        RandomBatches source = RandomBatches.oneHot(1, 10, 2, 9);
        Batch batch = batch(source);
        assertThatThrownBy(() -> source.read(5, 6, batch))
                .isInstanceOf(DataException.class)
                .hasMessage("samples 5 to 11, want within 0 to 10");
    }

    private float[][] read(RandomBatches source) {
        Batch batch = batch(source);
        return new float[][] {batch.dense().toArray(), batch.labels().toArray()};
    }

    private Batch batch(RandomBatches source) {
        boolean[] tables = new boolean[source.schema().tables().size()];
        Arrays.fill(tables, true);
        int samples = (int) source.samples();
        Batch batch = new Batch(memory, "batch", source.schema(), samples, 0, 1, tables);
        source.read(0, samples, batch);
        return batch;
    }
}
