package io.dlrm4j.criteo.ids;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrm4j.core.memory.MemoryLimitException;
import io.dlrm4j.core.memory.OffHeap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DictionaryTest {
    private final OffHeap memory = new OffHeap("test", 16 << 20, "use less");
    private final Dictionary dictionary = new Dictionary(memory, "C1");

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void idsFollowTheFirstAppearanceThroughManyEnlargements() {
        Map<Integer, Integer> want = new LinkedHashMap<>();
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 300_000; i++) {
            int value = i % 3 == 0 ? i : random.nextInt();
            int id = want.computeIfAbsent(value, _ -> want.size());
            assertThat(dictionary.add(value)).isEqualTo(id);
        }
        assertThat(dictionary.size()).isEqualTo(want.size());
        assertThat(dictionary.values())
                .isEqualTo(want.keySet().stream().mapToInt(Integer::intValue).toArray());
        want.forEach((value, id) -> assertThat(dictionary.find(value)).isEqualTo(id));
    }

    @Test
    void manyAtOnceGetTheIdsTheyWouldGetOneByOne() {
        SplittableRandom random = new SplittableRandom(12);
        try (OffHeap other = OffHeap.unlimited("test")) {
            Dictionary oneByOne = new Dictionary(other, "C1");
            for (int round = 0; round < 200; round++) {
                int range = 1 + random.nextInt(1 << random.nextInt(20)); // repeated values within one call as well
                int[] values = random.ints(1 + random.nextInt(700), 0, range).toArray();
                int from = random.nextInt(values.length);
                int[] want = values.clone();
                for (int i = from; i < want.length; i++) {
                    want[i] = oneByOne.add(want[i]);
                }
                dictionary.add(values, from, values.length);
                assertThat(values).isEqualTo(want);
            }
            assertThat(dictionary.values()).isEqualTo(oneByOne.values());
        }
    }

    @Test
    void valuesThatStartAtTheSameSlotAreToldApart() {
        int[] values = new int[5_000];
        Arrays.setAll(values, i -> (i << 20) ^ (i >>> 12)); // few different upper bits of the product
        int[] ids = values.clone();
        dictionary.add(ids, 0, ids.length);
        for (int i = 0; i < values.length; i++) {
            assertThat(dictionary.find(values[i])).isEqualTo(ids[i]).isEqualTo(i);
        }
    }

    @Test
    void everyValueOf32BitsCanBeOne() {
        for (int value : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1}) {
            assertThat(dictionary.find(value)).isEqualTo(-1);
            dictionary.add(value);
        }
        assertThat(dictionary.values()).containsExactly(0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1);
        assertThat(dictionary.find(-1)).isEqualTo(1);
    }

    @Test
    void lateValuesCanBeForgotten() {
        for (int value = 0; value < 5_000; value++) {
            dictionary.add(-value);
        }
        dictionary.keepFirst(1_234);
        assertThat(dictionary.size()).isEqualTo(1_234);
        assertThat(dictionary.find(-1_233)).isEqualTo(1_233);
        assertThat(dictionary.find(-1_234)).isEqualTo(-1);
    }

    @Test
    void theOldTableGoesWhenALargerOneIsFullOfItsValues() {
        int[] values = new int[700_000];
        Arrays.setAll(values, i -> i);
        dictionary.add(values, 0, values.length);
        assertThat(memory.allocatedBytes()).isEqualTo(8 << 20);
        assertThat(memory.mostAllocatedBytes()).isEqualTo(12 << 20);
    }

    @Test
    void memoryIsLimited() {
        int[] values = new int[1_500_000];
        Arrays.setAll(values, i -> i);
        assertThatThrownBy(() -> dictionary.add(values, 0, values.length))
                .isInstanceOf(MemoryLimitException.class)
                .hasMessageEndingWith("C1 needs 16.0 MiB, but 8.0 MiB of 16.0 MiB are taken; use less");
    }
}
