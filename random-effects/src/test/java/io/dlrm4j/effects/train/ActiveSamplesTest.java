package io.dlrm4j.effects.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrm4j.effects.data.Compat;
import io.dlrm4j.effects.data.EntityData;
import org.junit.jupiter.api.Test;

class ActiveSamplesTest {
    private final EntityData room = new EntityData();

    @Test
    void aCappedEntityKeepsItsWeightOnAverage() {
        ActiveSamples cap = new ActiveSamples(1, 30, Compat.NONE);
        double labels = 0;
        double all = 0;
        for (int e = 0; e < 2000; e++) {
            EntityData data = entity("entity " + e, 100);
            EntityData active = cap.select(data, room);
            assertThat(active.rows()).isEqualTo(30);
            for (int row = 0; row < 30; row++) {
                assertThat(active.weights()[row]).isEqualTo(100 / 30.0);
                labels += active.weights()[row] * active.labels()[row];
            }
            for (int row = 0; row < 100; row++) {
                all += data.labels()[row];
            }
        }
        assertThat(labels / all).isCloseTo(1, within(0.01)); // standard error 0.003
    }

    @Test
    void theDrawFollowsFromEntityAndUidNotFromTheOrder() {
        ActiveSamples cap = new ActiveSamples(1, 5, Compat.NONE);
        EntityData forward = entity("e", 40);
        EntityData backward = new EntityData();
        backward.begin("e");
        for (int row = 39; row >= 0; row--) {
            backward.addRowOf(forward, row);
        }
        EntityData other = new EntityData();
        cap.select(forward, room);
        cap.select(backward, other);
        for (int row = 0; row < 5; row++) {
            assertThat(other.uids()[row]).isEqualTo(room.uids()[4 - row]);
        }
    }

    @Test
    void equalUidsDoNotGoBeyondTheCap() {
        EntityData data = new EntityData();
        data.begin("e");
        for (int row = 0; row < 9; row++) {
            data.addRow(7, 1, 1, 0);
        }
        assertThat(new ActiveSamples(1, 4, Compat.NONE).select(data, room).rows())
                .isEqualTo(4);
    }

    @Test
    void gdmixKeepsHalfOfTheCapAndForgetsTheRest() {
        EntityData data = entity("e", 100); // floor(100/100 + 1) = 2 groups
        EntityData active = new ActiveSamples(1, 100, Compat.GDMIX).select(data, room);
        assertThat(active.rows()).isEqualTo(50);
        assertThat(active.weights()[0]).isEqualTo(1);
        assertThat(new ActiveSamples(1, 100, Compat.NONE).select(data, room)).isSameAs(data);
    }

    @Test
    void smallEntitiesAreLeftOut() {
        EntityData data = entity("e", 4);
        assertThat(new ActiveSamples(5, 0, Compat.NONE).select(data, room).rows())
                .isZero();
        assertThat(new ActiveSamples(4, 0, Compat.NONE).select(data, room)).isSameAs(data);
    }

    private static EntityData entity(String name, int rows) {
        EntityData data = new EntityData();
        data.begin(name);
        for (int row = 0; row < rows; row++) {
            data.addRow(row, row % 3 == 0 ? 1 : 0, 1, 0);
        }
        return data;
    }
}
