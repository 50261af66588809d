package io.dlrm4j.criteo.ids;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DictionaryTest {
    @Test
    void idsFollowTheFirstAppearanceThroughManyEnlargements() {
        Dictionary dictionary = new Dictionary();
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
    void everyValueOf32BitsCanBeOne() {
        Dictionary dictionary = new Dictionary();
        for (int value : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1}) {
            assertThat(dictionary.find(value)).isEqualTo(-1);
            dictionary.add(value);
        }
        assertThat(dictionary.values()).containsExactly(0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1);
        assertThat(dictionary.find(-1)).isEqualTo(1);
    }

    @Test
    void lateValuesCanBeForgotten() {
        Dictionary dictionary = new Dictionary();
        for (int value = 0; value < 5_000; value++) {
            dictionary.add(-value);
        }
        dictionary.keepFirst(1_234);
        assertThat(dictionary.size()).isEqualTo(1_234);
        assertThat(dictionary.find(-1_233)).isEqualTo(1_233);
        assertThat(dictionary.find(-1_234)).isEqualTo(-1);
    }
}
