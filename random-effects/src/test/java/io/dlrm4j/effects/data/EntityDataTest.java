package io.dlrm4j.effects.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EntityDataTest {
    private final EntityData data = new EntityData();

    @Test
    void rowsKeepWhatWasAdded() {
        data.begin("user 7");
        data.addRow(901, 1, 1, -0.2);
        data.addFeature(0, 1);
        data.addFeature(12, 0.5);
        data.addRow(17, 0, 1, 0.7);
        data.addRow(44, 1, 0.5, 0);
        data.addFeature(3, 1);

        assertThat(data.rows()).isEqualTo(3);
        assertThat(Arrays.copyOf(data.rowStarts(), 4)).containsExactly(0, 2, 2, 3);
        assertThat(Arrays.copyOf(data.indices(), 3)).containsExactly(0, 12, 3);
        assertThat(Arrays.copyOf(data.uids(), 3)).containsExactly(901, 17, 44);
        assertThat(Arrays.copyOf(data.offsets(), 3)).containsExactly(-0.2, 0.7, 0);

        EntityData copy = new EntityData();
        copy.begin("copy");
        copy.addRowOf(data, 2);
        copy.addRowOf(data, 0);
        assertThat(Arrays.copyOf(copy.indices(), 3)).containsExactly(3, 0, 12);
        assertThat(copy.weights()[0]).isEqualTo(0.5);
    }

    @Test
    void growsAndIsReused() {
        data.begin("large");
        for (int i = 0; i < 3000; i++) {
            data.addRow(i, i % 2, 1, 0);
            data.addFeature(i, i);
            data.addFeature(i + 1, -i);
        }
        assertThat(data.entries()).isEqualTo(6000);
        assertThat(data.values()[5999]).isEqualTo(-2999);
        double[] kept = data.values();

        data.begin("small");
        assertThat(data.rows()).isZero();
        data.addRow(1, 1, 1, 0);
        data.addFeature(5, 2);
        assertThat(data.rowStarts()[1]).isEqualTo(1);
        assertThat(data.values()).isSameAs(kept);
    }

    @Test
    void whatIsNoNumberIsRefusedWithItsPlace() {
        data.begin("user 7");
        assertThatThrownBy(() -> data.addFeature(1, 1)).hasMessage("entity user 7: a feature before the first sample");
        data.addRow(3, 1, 1, 0);
        assertThatThrownBy(() -> data.addFeature(4, Double.NaN))
                .hasMessage("entity user 7, uid 3: feature 4 = NaN, want an index of 0 or more and a finite value");
        assertThatThrownBy(() -> data.addRow(4, 1, -1, 0))
                .hasMessage("entity user 7, uid 4: label=1.0 weight=-1.0 offset=0.0,"
                        + " want finite numbers and a weight of 0 or more");
    }
}
