package io.dlrm4j.effects.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.SampleColumns;
import io.dlrm4j.effects.train.ActiveSamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActiveRowsTest {
    @TempDir
    Path folder;

    private EntityFlow flow(ActiveSamples bounds) throws Exception {
        Path samples = folder.resolve("s.parquet");
        Parquet.write(
                samples,
                "SELECT CASE WHEN i < 1000 THEN 'large' WHEN i < 1007 THEN 'small' ELSE 'e' || i END AS user, i AS uid,"
                        + " i % 2 AS label, 2 AS weight, i AS x FROM range(1100) t(i)");
        return EntityFlow.ofFiles(
                samples,
                new SampleColumns("uid", "label", "weight", "", "user", List.of()),
                List.of(FeatureColumn.of("x")),
                new FeatureIndex(),
                List.of(),
                bounds,
                FlowOptions.in(folder));
    }

    private Map<String, List<Long>> uids(EntityFlow flow, double expectedWeight) throws IOException {
        Map<String, List<Long>> uids = new TreeMap<>();
        EntityData data = new EntityData();
        try (EntityStream entities = flow.open()) {
            while (entities.next(data)) {
                List<Long> own = new ArrayList<>();
                double sum = 0;
                for (int row = 0; row < data.rows(); row++) {
                    own.add(data.uids()[row]);
                    sum += data.weights()[row];
                    assertThat(data.values()[data.rowStarts()[row]]).isEqualTo((double) data.uids()[row]);
                }
                uids.put(data.entity(), own);
                if (data.entity().equals("large")) {
                    assertThat(sum).isCloseTo(expectedWeight, within(1e-9));
                }
            }
        }
        return uids;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 400, 999, 1_000, 5_000})
    void whatIsKeptWeighsAsMuchAsAll(int most) throws Exception {
        try (EntityFlow flow = flow(new ActiveSamples(0, most, Compat.NONE))) {
            Map<String, List<Long>> kept = uids(flow, 2_000);
            assertThat(kept).hasSize(95);
            assertThat(kept.get("large"))
                    .hasSize(Math.min(most, 1_000))
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(uids(flow, 2_000)).isEqualTo(kept);
        }
    }

    @Test
    void aSmallerSampleIsPartOfALargerOneAndEveryUidHasAChance() throws Exception {
        int[] drawn = new int[1_000];
        EntityData all = new EntityData();
        for (int entity = 0; entity < 400; entity++) {
            all.begin("entity " + entity);
            ActiveRows ten = new ActiveRows(10);
            for (int uid = 0; uid < 1_000; uid++) {
                all.addRow(uid, 0, 1, 0);
                ten.prune(all);
            }
            ten.finish(all, 1_000);
            long[] small = Arrays.copyOf(all.uids(), all.rows());
            EntityData whole = new EntityData();
            whole.begin("entity " + entity);
            for (int uid = 0; uid < 1_000; uid++) {
                whole.addRow(uid, 0, 1, 0);
            }
            EntityData selected = new ActiveSamples(1, 10, Compat.NONE).select(whole, new EntityData());
            assertThat(small).isEqualTo(Arrays.copyOf(selected.uids(), selected.rows()));
            assertThat(all.weights()[3]).isEqualTo(selected.weights()[3]);
            for (long uid : small) {
                drawn[(int) uid]++;
            }
            assertThat(small).hasSize(10);
        }
        assertThat(Arrays.stream(drawn).max().orElseThrow()).isLessThan(20); // 4 are expected of each
        assertThat(Arrays.stream(drawn).filter(count -> count == 0).count()).isBetween(2L, 60L); // e^-4 of them
    }

    @Test
    void gdmixKeepsAboutHalfAndDropsWhatIsTooSmall() throws Exception {
        try (EntityFlow flow = flow(new ActiveSamples(7, 1_000, Compat.GDMIX))) {
            Map<String, List<Long>> kept = uids(flow, 1_000);
            assertThat(kept).containsOnlyKeys("large", "small");
            assertThat(kept.get("large")).hasSize(500).allMatch(uid -> uid % 2 == 0);
            assertThat(kept.get("small")).hasSize(7);
        }
    }

    @Test
    void fewerThanTheLeastAreLeftOutOfTrainingButScored() throws Exception {
        try (EntityFlow flow = flow(new ActiveSamples(8, 0, Compat.NONE))) {
            assertThat(uids(flow, 2_000)).containsOnlyKeys("large");
            long rows = 0;
            String last = "";
            EntityData part = new EntityData();
            try (EntityStream all = flow.openAll()) {
                while (all.nextPart(part, 64)) {
                    assertThat(part.rows()).isBetween(1, 64);
                    assertThat(part.entity()).isGreaterThanOrEqualTo(last);
                    last = part.entity();
                    rows += part.rows();
                }
            }
            assertThat(rows).isEqualTo(1_100);
        }
    }
}
