package io.dlrm4j.effects.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrm4j.effects.data.EntityData;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeatureSelectionTest {
    @Test
    void keepsTheFeaturesThatFollowTheLabel() {
        Random random = new Random(1);
        EntityData data = new EntityData();
        data.begin("e");
        for (int row = 0; row < 60; row++) {
            int label = random.nextInt(2);
            data.addRow(row, label, 1, 0);
            data.addFeature(8, random.nextGaussian());
            data.addFeature(3, 2 * label - 1 + 0.3 * random.nextGaussian());
            data.addFeature(5, 1); // never varies
            data.addFeature(2, -label + 0.1 * random.nextGaussian());
        }
        EntityData room = new EntityData();
        EntityData selected = new FeatureSelection(2 / 60.0).select(data, room);
        assertThat(Arrays.stream(selected.indices(), 0, selected.entries()).distinct())
                .containsExactly(3, 2);
        assertThat(selected.rows()).isEqualTo(60);
        assertThat(new FeatureSelection(1).select(data, room)).isSameAs(data);
    }

    @Test
    void equalFeaturesStayWithinTheirNumber() {
        EntityData data = new EntityData();
        data.begin("e");
        for (int row = 0; row < 2; row++) {
            data.addRow(row, row, 1, 0);
            for (int j = 0; j < 6; j++) {
                data.addFeature(j, row);
            }
        }
        EntityData selected = new FeatureSelection(1.5).select(data, new EntityData());
        assertThat(Arrays.copyOf(selected.indices(), 6)).containsExactly(0, 1, 2, 0, 1, 2);
    }
}
